"""Where the leaves of an act came to stand: durable, in the tree, signed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from audit.draft import Recorded

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Integration:
    """A signed tree that holds the leaves.

    Attributes:
        size: number of leaves of that tree.
        checkpoint: its signed checkpoint.
        prove: returns the inclusion proof of the leaf at an index in that tree.
    """

    size: int
    checkpoint: str
    prove: Callable[[int], list[bytes]]

    def proof(self, recorded: Recorded) -> list[bytes]:
        """Return the inclusion proof of an entry of the act.

        Raises:
            ValueError: the entry was not committed.
        """
        if recorded.index is None:
            raise ValueError("The entry has no place in the tree.")
        return self.prove(recorded.index)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T_co]):
    """What an act returned, and where its leaves stand; None if it had none."""

    result: T_co
    integration: Integration | None
