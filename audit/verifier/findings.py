"""What the verifier may find."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

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


class Missing(Incomplete):
    """A file is not there, or something else stands in its place."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is said besides the verdict: a wrong entry outweighs what is not checkable.

    Attributes:
        remarks: what the reader should know.
        unchecked: what could not be checked here, one sentence each.
    """

    remarks: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Go on after what cannot be checked, so that what is wrong is still found."""
        try:
            yield
        except Incomplete as error:
            self.unchecked.append(str(error))
