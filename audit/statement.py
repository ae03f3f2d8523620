"""What an export tells of a loss."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """An entry in which the log says that it goes on after a loss.

    Attributes:
        index: where it stands.
        origin: name of the log that was lost.
        opening: its opened detail, as the verifier reads it.
    """

    index: int
    origin: str
    opening: bytes
