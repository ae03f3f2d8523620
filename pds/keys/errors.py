"""Why a key cannot be had."""

from pds.core.errors import BankError, Kind


class KeyUnavailable(BankError):  # noqa: N818 - reads as the state that it names
    """There is no such key, or it is destroyed, used up or not for sealing."""

    kind = Kind.UNAVAILABLE


class KeyHeld(BankError):  # noqa: N818 - reads as the state that it names
    """A legal hold forbids the destruction of this key."""

    kind = Kind.CONFLICT
