"""The change counters by which a decision is noticed to be out of date; pure."""

from typing import NamedTuple


class Fences(NamedTuple):
    """Change counters of every row that a decision rests on; 0 where there is none."""

    person: int
    recipient: int
    contract: int
    offer: int
    board: int


NO_FENCES = Fences(0, 0, 0, 0, 0)
"""The fences of facts that rest on no row."""
