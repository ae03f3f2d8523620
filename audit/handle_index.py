"""Where subject handles stand in the tree: written with the leaves, asked by handle.

On PostgreSQL they lie in one table in the order of handles. On SQLite that order would
make each commit touch as many pages as it has leaves, so there they are kept in the
order of the tree first and merged into sorted runs later (`audit.handle_runs`). A
look-up asks every table that may hold an answer.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, Table, bindparam, select, text

from audit.handle_runs import TOP
from audit.tables import log_sub, log_sub_recent, log_sub_run
from pds.core.database import is_sqlite

_AT_ONCE: Final = 500
_PAGE: Final = 10_000

_LEVELS = ", ".join(f"({level})" for level in range(TOP + 1))

# The rows themselves say which runs there are: the lowest number of each level, and
# after each the next. The cross join keeps SQLite from reading whole runs instead.
_IN_RUNS = text(
    f"""
    WITH RECURSIVE level(n) AS (VALUES {_LEVELS}), run(level, no) AS (
        SELECT n, (SELECT min(no) FROM log_sub_run WHERE level = n) FROM level
        UNION ALL
        SELECT level, (SELECT min(other.no) FROM log_sub_run AS other
                       WHERE other.level = run.level AND other.no > run.no)
        FROM run WHERE no IS NOT NULL
    )
    SELECT held.sub, held.idx FROM run CROSS JOIN log_sub_run AS held
    ON held.level = run.level AND held.no = run.no WHERE held.sub IN :subs
    UNION SELECT sub, idx FROM log_sub_recent WHERE sub IN :subs ORDER BY 2
    """
).bindparams(bindparam("subs", expanding=True))
_IN_ONE = (
    select(log_sub.c.sub, log_sub.c.idx)
    .where(log_sub.c.sub.in_(bindparam("subs", expanding=True)))
    .order_by(log_sub.c.idx)
)


def growing(connection: Connection) -> Table:
    """Return the table that the sequencer adds handles to."""
    return log_sub_recent if is_sqlite(connection) else log_sub


def find(connection: Connection, handles: Sequence[bytes]) -> dict[bytes, list[int]]:
    """Return the places of those handles that stand in the tree, lowest first.

    In an honest log each has one.
    """
    query = _IN_RUNS if is_sqlite(connection) else _IN_ONE
    found: dict[bytes, list[int]] = {}
    for start in range(0, len(handles), _AT_ONCE):
        subs = handles[start : start + _AT_ONCE]
        for sub, index in connection.execute(query, {"subs": subs}):
            found.setdefault(bytes(sub), []).append(index)
    return found


def every(connection: Connection) -> Iterator[bytes]:
    """Yield every handle that stands in the tree, in no order."""
    held = (log_sub_run, log_sub_recent) if is_sqlite(connection) else (log_sub,)
    for table in held:
        query = select(table.c.sub).execution_options(yield_per=_PAGE)
        for sub in connection.execute(query).scalars():
            yield bytes(sub)
