"""Merging handles into sorted runs, in steps that any process may do or repeat.

SQLite only. The writer adds handles to `log_sub_recent` in the order of the tree. A
step takes those of a full run to level 0 of `log_sub_run`, or the lowest keys of 16
full runs to the level above. Each step is a transaction: a handle stands in exactly one
place before and after it, and the guards let a row go only if the same stands above.
What is due follows from the rows and the size of the tree; nothing else is kept.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from audit.head import read_head
from audit.tables import log_sub_recent, log_sub_run
from pds.core.database import Prepared, is_sqlite

RUN: Final = 2048
"""Leaves whose handles make a run of level 0."""

FAN: Final = 16
"""Runs that are merged into one of the level above."""

TOP: Final = 6
"""The highest level; its first run would hold 3.4 · 10^10 handles."""

MOST: Final = 1024
"""Handles that a step moves, those aside that share the last one's key."""

_SHIFT: Final = RUN.bit_length() - 1
_FAN_SHIFT: Final = FAN.bit_length() - 1


@dataclass(frozen=True, slots=True)
class Merge:
    """What can be moved: the handles of a full run.

    Attributes:
        level: where they go.
        no: into which run of that level.
    """

    level: int
    no: int


def first_of(level: int, no: int) -> int:
    """Return the place of the first leaf of a run."""
    return no << (_SHIFT + _FAN_SHIFT * level)


def due(connection: Connection) -> Merge | None:
    """Return a merge whose handles are all there, the lowest level first."""
    if not is_sqlite(connection):
        return None
    settled = read_head(connection).size
    lowest = _RECENT.one(connection)[0]
    for level in range(TOP + 1):
        # Each handle of a leaf before `settled` stands on the level below, or higher.
        if lowest is not None:
            no = lowest >> (_FAN_SHIFT if level else _SHIFT)
            if settled >= first_of(level, no + 1):
                return Merge(level, no)
            settled = min(settled, first_of(level, no))
        lowest = _LOWEST.one(connection, below=level)[0]
    return None


def step(connection: Connection) -> None:
    """Do a step of what is due, if anything is; inside a writing transaction."""
    merge = due(connection)
    if merge is None:
        return
    if merge.level == 0:
        end = min(_RECENT.one(connection)[0] + MOST, first_of(0, merge.no + 1))
        _RECENT_UP.run(connection, end=end)
        _RECENT_GONE.run(connection, end=end)
        return
    source = {"below": merge.level - 1, "first": merge.no << _FAN_SHIFT}
    upto = _bound(connection, **source)
    _RUNS_UP.run(connection, upto=upto, **source)
    _RUNS_GONE.run(connection, upto=upto, **source)


def _bound(connection: Connection, below: int, first: int) -> bytes:
    """Return the key up to which a step takes handles.

    Each run has 64 keys up to its own bound, and the lowest of these bounds counts.
    """
    runs = range(first, first + FAN)
    rows = [_BOUND.one(connection, below=below, no=no) for no in runs]
    return min((bytes(row[0]) for row in rows if row is not None), default=_BEYOND)


_held = log_sub_run.c
_recent = log_sub_recent.c
_BEYOND: Final = b"\xff" * 17
"""Behind every handle of 16 bytes."""

_below: Any = bindparam("below", type_=Integer)
_first: Any = bindparam("first", type_=Integer)
_of_recent = _recent.idx < bindparam("end")
_of_runs = (
    _held.level == _below,
    _held.no.in_([_first + literal_column(str(place)) for place in range(FAN)]),
    _held.sub <= bindparam("upto"),
)


def _added(rows: Select[Any]) -> Prepared:
    # A row that somebody put there already must not hold the others up.
    names = [column.name for column in log_sub_run.columns]
    return Prepared(
        insert(log_sub_run).prefix_with("OR IGNORE").from_select(names, rows)
    )


_RECENT = Prepared(select(func.min(_recent.idx)))
_RECENT_UP = _added(
    select(
        literal_column("0"),
        _recent.idx.op(">>")(literal_column(str(_SHIFT))),
        _recent.sub,
        _recent.idx,
    )
    .where(_of_recent)
    .order_by(_recent.sub)
)
_RECENT_GONE = Prepared(delete(log_sub_recent).where(_of_recent))
_LOWEST = Prepared(select(func.min(_held.no)).where(_held.level == _below))
_BOUND = Prepared(
    select(_held.sub)
    .where(_held.level == _below, _held.no == bindparam("no"))
    .order_by(_held.sub)
    .limit(literal_column("1"))
    .offset(literal_column(str(MOST // FAN - 1)))
)
_RUNS_UP = _added(
    select(
        _held.level + literal_column("1"),
        _held.no.op(">>")(literal_column(str(_FAN_SHIFT))),
        _held.sub,
        _held.idx,
    )
    .where(*_of_runs)
    .order_by(_held.sub, _held.idx)
)
_RUNS_GONE = Prepared(delete(log_sub_run).where(*_of_runs))
