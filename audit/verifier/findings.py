"""What the verifier may find; each ends the check."""

from audit.errors import VerificationError


class BadEntry(VerificationError):  # noqa: N818 - reads as the finding that it is
    """An entry is wrong, or the first wrong one cannot be before it.

    Args:
        index: position of the first bad entry.
        reason: one sentence.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"entry {index}: {reason}")
        self.index = index


class Incomplete(Exception):  # noqa: N818 - reads as the state that it names
    """Something that was asked for cannot be checked with what is here."""
