"""Giving leaves their time and place: the only writer of the tree.

Call it inside a transaction that is alone in writing the log: under SQLite's write
lock, or under the lock of the head row on PostgreSQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, literal_column, update

from audit.draft import LeafDraft
from audit.errors import VerificationError
from audit.head import Head
from audit.merkle import Frontier, leaf_hash
from audit.plan import Node, assemble, subtrees
from audit.tables import log_head, log_leaf, log_node, log_sub
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
    _move_head(connection, head, new)
    _insert(connection, log_leaf, leaves)
    _insert(connection, log_node, inner)
    _insert(connection, log_sub, [(draft.sub, draft.index) for draft in drafts])
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


def _move_head(connection: Connection, old: Head, new: Head) -> None:
    cursor = _MOVE.run(
        connection,
        old_size=old.size,
        new_size=new.size,
        new_frontier=b"".join(new.frontier),
        new_t=new.last_t,
    )
    if cursor.rowcount != 1:
        raise Conflict("log.head-moved", "Another process has moved the head.")


def _insert(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]
) -> None:
    # The drivers' own bulk paths: one statement per row would halve the rate.
    driver: Any = connection.connection.driver_connection
    names = ", ".join(column.name for column in table.columns)
    if is_sqlite(connection):
        marks = ", ".join("?" for _ in table.columns)
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
        return
    sql = f"COPY {table.name} ({names}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)
