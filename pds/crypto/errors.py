"""The two ways in which cryptography says no."""

from pds.core.errors import BankError, Kind


class EnvelopeError(BankError):
    """Sealed bytes do not open; the cause is never told, not even in the log.

    A wrong key, a moved row, a flipped bit, an unknown suite and a cut tail all look
    the same, so that nobody can learn from the difference.
    """

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("crypto.envelope", "Sealed bytes do not open.")


class KeyProviderError(BankError):
    """The key provider is missing, unsafe or holds the wrong keys: do not start."""

    kind = Kind.UNAVAILABLE

    def __init__(self, message: str) -> None:
        super().__init__("crypto.provider", message)
