"""Giving leaves their time and place: the only writer of the tree.

Call it inside a transaction that is alone in writing the log: under SQLite's write
lock, or under the lock of the head row on PostgreSQL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    LargeBinary,
    Table,
    bindparam,
    literal_column,
    update,
)

from audit.draft import LeafDraft
from audit.errors import VerificationError
from audit.handle_index import growing
from audit.head import Head
from audit.merkle import Frontier, leaf_hash
from audit.plan import Node, assemble, subtrees
from audit.tables import log_head, log_leaf, log_node
from pds.core import postgres
from pds.core.database import Prepared, is_sqlite
from pds.core.errors import Conflict, Unavailable

MAX_CLOCK_LAG = 5000
"""Milliseconds that the clock may be behind the last leaf."""

_MOVE = Prepared(
    update(log_head)
    .where(
        log_head.c.id == literal_column("1"), log_head.c.size == bindparam("old_size")
    )
    .values(
        size=bindparam("new_size"),
        frontier=bindparam("new_frontier"),
        last_t=bindparam("new_t"),
    )
)

_Rows = Mapping[Table, Sequence[tuple[Any, ...]]]
"""What is added to each table."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one append did.

    Attributes:
        head: the new head.
        nodes: hashes at hand, enough to prove each leaf of this batch.
    """

    head: Head
    nodes: dict[Node, bytes]

    def prove(self, index: int) -> list[bytes]:
        """Return the inclusion proof of a leaf of this batch in the new tree.

        Level by level as in RFC 9162 section 2.1.3: a plan for each leaf would find
        the same nodes in three times the time.

        Raises:
            VerificationError: the leaf is of another batch, or outside the tree.
        """
        last = self.head.size - 1
        if not 0 <= index <= last:
            raise VerificationError("The index lies outside the tree.")
        path: list[bytes] = []
        level = 0
        while last:
            if index & 1:
                path.append(self._subtree(level, index - 1))
            elif index < last:
                path.append(self._subtree(level, index + 1))
            index, last, level = index >> 1, last >> 1, level + 1
        return path

    def _subtree(self, level: int, index: int) -> bytes:
        """Return the root of a subtree, which at the right edge may be ragged."""
        found = self.nodes.get((level, index))
        if found is None:
            start, end = index << level, (index + 1) << level
            run = subtrees(start, min(end, self.head.size))
            # Threads may compute it at once; they find the same.
            [found] = assemble([run], self.nodes)
            self.nodes[level, index] = found
        return found


def append(
    connection: Connection, head: Head, drafts: Sequence[LeafDraft], now_ms: int
) -> Batch:
    """Append leaves in this order and move the head.

    Every leaf of a batch gets the time max(now, last). Fills in each draft's index,
    size and leaf.

    Raises:
        Unavailable: the clock is more than five seconds behind the last leaf.
        Conflict: the head in the database is not the one given.
    """
    if now_ms + MAX_CLOCK_LAG < head.last_t:
        raise Unavailable("log.clock-behind", "The clock is behind the log.")
    t = max(now_ms, head.last_t)
    nodes = _frontier_nodes(head)
    frontier = Frontier(head.size, head.frontier)
    leaves = _place(drafts, head.size, str(t).encode())
    inner: list[tuple[int, int, bytes]] = []
    for index, _id, _leaf, hashed in leaves:
        nodes[0, index] = hashed
        inner += frontier.append(hashed)
    nodes.update(((level, idx), hashed) for level, idx, hashed in inner)
    new = Head(frontier.size, frontier.hashes, t, head.origin)
    subs = [(draft.sub, draft.index) for draft in drafts]
    handles = growing(connection)
    rows: _Rows = {log_leaf: leaves, log_node: inner, handles: subs}
    if _write(connection, head, new, rows) != 1:
        raise Conflict("log.head-moved", "Another process has moved the head.")
    return Batch(new, nodes)


def _frontier_nodes(head: Head) -> dict[Node, bytes]:
    return dict(zip(subtrees(0, head.size), head.frontier, strict=True))


def _place(
    drafts: Sequence[LeafDraft], start: int, t: bytes
) -> list[tuple[int, bytes, bytes, bytes]]:
    size = start + len(drafts)
    rows: list[tuple[int, bytes, bytes, bytes]] = []
    for index, draft in enumerate(drafts, start):
        leaf = draft.prefix + t + draft.suffix
        draft.index, draft.size, draft.leaf = index, size, leaf
        rows.append((index, draft.id, leaf, leaf_hash(leaf)))
    return rows


def _write(connection: Connection, old: Head, new: Head, rows: _Rows) -> int:
    """Move the head and add the rows; return how many heads there were to move."""
    move = {
        "old_size": old.size,
        "new_size": new.size,
        "new_frontier": b"".join(new.frontier),
        "new_t": new.last_t,
    }
    # The drivers' own bulk paths: one statement per row would halve the rate.
    if is_sqlite(connection):
        moved = _MOVE.run(connection, **move)
        driver: Any = connection.connection.driver_connection
        for table, added in rows.items():
            driver.executemany(_one_row(table), added)
    else:
        steps = [
            (_many_rows(table), _columns(table, added))
            for table, added in rows.items()
            if added
        ]
        first = (_MOVE.on_postgres, move)
        moved = postgres.together(connection, [first, *steps])[0]
    return int(moved.rowcount)


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


@cache
def _one_row(table: Table) -> str:
    marks = ", ".join("?" for _ in table.columns)
    return f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})"


@cache
def _many_rows(table: Table) -> postgres.Statement:
    """Return the statement that adds rows whose columns come as arrays."""
    kinds = [
        "bytea" if isinstance(column.type, LargeBinary) else "int8"
        for column in table.columns
    ]
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, 1))
    sql = f"INSERT INTO {table.name} ({_names(table)}) SELECT * FROM unnest({arrays})"
    return postgres.written(sql, *(column.name for column in table.columns))


def _columns(table: Table, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = (column.name for column in table.columns)
    columns = (list(each) for each in zip(*rows, strict=True))
    return dict(zip(names, columns, strict=True))
