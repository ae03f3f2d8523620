"""What a census of the log finds: every entry accounted for exactly once.

The plain half, on plain data; `audit.census_walk` reads the database. A census
computes the handles of every subject and holds them against the tree. An entry under
a handle that no subject owns is an orphan: it belongs to nobody who could look at it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from audit.commitment import check_detail
from audit.detail import Detail
from audit.errors import VerificationError
from audit.leaf import parse_leaf

_FULL = 0xFF

MOST_NAMED = 1_000
"""Differences that a report names; all of them are counted."""


class CensusFault(StrEnum):
    """What can be wrong with the entries of a subject."""

    MISSING = "missing"
    DOUBLED = "doubled"
    BEYOND = "beyond-the-count"
    OTHER_LEAF = "other-leaf"
    DETAIL_MISSING = "detail-missing"
    DETAIL_DIFFERS = "detail-differs"
    DETAIL_ALONE = "detail-alone"
    CHAIN = "chain"
    ORPHAN = "orphan"
    KEY_GONE = "key-gone"
    TOO_EARLY = "destroyed-too-early"
    TOO_LONG = "kept-too-long"


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding; says nothing of whose entry it is.

    Attributes:
        fault: what is wrong.
        gen: generation of the audit key, None for an orphan.
        i: number within the generation, where there is one.
        index: position in the tree, where there is one.
    """

    fault: CensusFault
    gen: int | None = None
    i: int | None = None
    index: int | None = None


@dataclass(slots=True, kw_only=True)
class Census:
    """The outcome of a census.

    Attributes:
        size: leaves of the tree.
        subjects: how many subjects there are, the bank among them.
        generations: generations whose handles were computed.
        accounted: leaves that belong to exactly one of these handles.
        waiting: entries that are committed and wait for their place in the tree.
        destroyed: generation number → how many such keys are destroyed.
        unreadable: entries whose details were destroyed, as the entries that tell of
            it count them; their leaves cannot be told apart from orphans any more.
        held: audit keys that a hold keeps beyond their time.
        orphans: leaves that no handle explains, those of destroyed keys left out.
        found: number of differences.
        differences: the first of them.
    """

    size: int
    subjects: int = 0
    generations: int = 0
    accounted: int = 0
    waiting: int = 0
    destroyed: dict[int, int] = field(default_factory=dict)
    unreadable: int = 0
    held: int = 0
    orphans: int = 0
    found: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Say whether nothing is wrong."""
        return self.found == 0

    def add(self, difference: Difference) -> None:
        """Note a difference."""
        self.found += 1
        if len(self.differences) < MOST_NAMED:
            self.differences.append(difference)


class Places:
    """Which positions of the tree are accounted for; one bit each."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._bits = bytearray((size + 7) // 8)

    def take(self, index: int) -> bool:
        """Account for a position; False if it is outside or taken already."""
        at, bit = index >> 3, 1 << (index & 7)
        if not 0 <= index < self._size or self._bits[at] & bit:
            return False
        self._bits[at] |= bit
        return True

    def free(self) -> Iterator[int]:
        """Yield every position that nobody accounted for."""
        for at, byte in enumerate(self._bits):
            if byte != _FULL:
                for index in range(at * 8, min(at * 8 + 8, self._size)):
                    if not byte >> (index & 7) & 1:
                        yield index


def leaf_fault(leaf: bytes, handle: bytes, detail: Detail | None) -> CensusFault | None:
    """Hold a leaf against the handle it was found by and its detail."""
    try:
        parsed = parse_leaf(leaf)
    except VerificationError:
        return CensusFault.OTHER_LEAF
    if parsed["sub"] != handle.hex():
        return CensusFault.OTHER_LEAF
    if detail is None:
        return CensusFault.DETAIL_MISSING
    com = bytes.fromhex(parsed["com"])
    try:
        check_detail(com, detail.opening, parsed["id"], detail.m())
    except VerificationError:
        return CensusFault.DETAIL_DIFFERS
    return None


def settle(census: Census, places: Places) -> None:
    """Count what nobody accounted for, less what destroyed keys explain.

    Leaves of destroyed keys cannot be told apart from orphans, but their number is
    known: only what exceeds it is wrong, and then every candidate is named.
    """
    free = sum(1 for _ in places.free())
    census.orphans = max(0, free - census.unreadable)
    if census.orphans:
        for index in places.free():
            census.add(Difference(CensusFault.ORPHAN, index=index))
