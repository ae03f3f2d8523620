"""Rows of sums instead of records: whole periods that are over, newest first.

The same walk over the same pages of the vault as for single records. A page ends with a
period and never inside one, so no cursor cuts a day or a month in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from consent.periods import first_of, last_of
from consent.selection import Selection
from pds.core.clock import day_number, day_of
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.disclosure.reading import list_leaf, records
from pds.disclosure.sums import Sum
from pds.vault.records import Cursor, OpenRecord
from pds.vault.service import Vault

MOST_OPENED = 20_000
"""Records after which a page ends with the next period, however few its rows."""

_LAST_OF_DAY = (-(2**31), b"\xff" * 16)
"""A place behind every record of a day."""


@dataclass(frozen=True)
class SummedRows:
    """Rows of one page or chunk.

    Attributes:
        rows: the JSON objects, newest period first, by category within a period.
        leaves: leaf hashes of the records that were summed up, in the order read.
        following: where the next page begins, or None.
    """

    rows: list[bytes]
    leaves: list[bytes]
    following: Cursor | None

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def objects(self, between: bytes = b",") -> bytes:
        """Return the very bytes that go."""
        return between.join(self.rows)


@dataclass
class _Period:
    """A period whose records are being read."""

    first: date
    sums: dict[str, Sum] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)

    def add(self, record: OpenRecord) -> None:
        self.sums.setdefault(record.category, Sum()).add(record)
        self.leaves.append(list_leaf(record))

    def rows(self, selection: Selection) -> list[bytes]:
        """Return a row for each category; the window may cover part of the period."""
        first = max(self.first, selection.first_day)
        last = last_of(self.first, selection.detail)
        if selection.last_day is not None:
            last = min(last, selection.last_day)
        return [self.sums[name].row(name, first, last) for name in sorted(self.sums)]


def read(
    vault: Vault,
    snap: Snapshot,
    owner: OwnerId,
    selection: Selection,
    after: Cursor | None,
    limit: int,
) -> SummedRows:
    """Return the next rows of a selection.

    Args:
        vault: opens the records.
        snap: one consistent state.
        owner: whose records.
        selection: at level day or month.
        after: the place reached; the end of a period.
        limit: most rows; one period goes as a whole even if it has more;
            none for 0.
    """
    made, place = SummedRows([], [], None), None
    if limit < 1:
        return made
    for period in _periods(vault, snap, owner, selection, after):
        rows = period.rows(selection)
        is_full = made.rows and len(made.rows) + len(rows) > limit
        if is_full or len(made.leaves) >= MOST_OPENED:
            return SummedRows(made.rows, made.leaves, place)
        made.rows.extend(rows)
        made.leaves.extend(period.leaves)
        place = Cursor(day_number(period.first), *_LAST_OF_DAY)
    return made


def _periods(
    vault: Vault,
    snap: Snapshot,
    owner: OwnerId,
    selection: Selection,
    after: Cursor | None,
) -> Iterator[_Period]:
    """Yield the periods that have records, newest first, each with all of them."""
    level, period = selection.detail, None
    for record in records(vault, snap, owner, selection, after):
        first = first_of(day_of(record.last_day), level)
        if period is None or period.first != first:
            if period is not None:
                yield period
            period = _Period(first)
        period.add(record)
    if period is not None:
        yield period
