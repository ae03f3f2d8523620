"""Reading the stored log: leaves, roots, proofs, checkpoints. Writes only checkpoints.

Nothing here scans the log: every query goes by a key or walks a bounded range.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)

from audit.checkpoint import Checkpoint, parse
from audit.head import read_head
from audit.merkle import EMPTY_ROOT
from audit.note import split_note
from audit.plan import Node, carry_out, consistency_plan, fold, inclusion_plan, subtrees
from audit.tables import log_checkpoint, log_leaf, log_node
from audit.text import MAX_NUMBER
from pds.core.database import Prepared, is_sqlite
from pds.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf in its place.

    Attributes:
        index: position in the tree.
        id: its id.
        leaf: its bytes.
    """

    index: int
    id: UUID
    leaf: bytes


_leaf = select(log_leaf.c.idx, log_leaf.c.id, log_leaf.c.leaf)
_BY_ID = Prepared(_leaf.where(log_leaf.c.id == bindparam("leaf_id")))
_RANGE = Prepared(
    _leaf.where(
        log_leaf.c.idx >= bindparam("low"), log_leaf.c.idx < bindparam("high")
    ).order_by(log_leaf.c.idx)
)
_BACK = Prepared(
    _leaf.where(log_leaf.c.idx < bindparam("high"))
    .order_by(log_leaf.c.idx.desc())
    .limit(bindparam("most"))
    .offset(literal_column("0"))
)
_LEAF_HASH = Prepared(
    select(log_leaf.c.leaf_hash).where(log_leaf.c.idx == bindparam("at"))
)
_NODE_HASH = Prepared(
    select(log_node.c.hash).where(
        log_node.c.level == bindparam("level"), log_node.c.idx == bindparam("at")
    )
)


def find(connection: Connection, leaf_id: UUID) -> StoredLeaf:
    """Return a leaf by its id.

    Raises:
        NotFound: it is not in the tree (or not yet).
    """
    return _found(_BY_ID.one(connection, leaf_id=leaf_id.bytes))


def holds(connection: Connection, leaf_id: bytes) -> bool:
    """Say whether the tree holds a leaf of this id."""
    return _BY_ID.one(connection, leaf_id=leaf_id) is not None


def leaf_at(connection: Connection, index: int) -> StoredLeaf:
    """Return a leaf by its position.

    Raises:
        NotFound: the tree is not that large.
    """
    # Beyond this no database has a number.
    place = min(index, MAX_NUMBER - 1)
    return _found(_RANGE.one(connection, low=place, high=place + 1))


def leaves(connection: Connection, start: int, limit: int) -> list[StoredLeaf]:
    """Return leaves from a position on, in order."""
    rows = _RANGE.all(connection, low=start, high=start + limit)
    return [_stored(row) for row in rows]


def leaves_before(connection: Connection, end: int, limit: int) -> list[StoredLeaf]:
    """Return the leaves before a position, newest first; a keyset page backwards."""
    return [_stored(row) for row in _BACK.all(connection, high=end, most=limit)]


def size(connection: Connection) -> int:
    """Return the number of leaves."""
    return read_head(connection).size


def root_at(connection: Connection, tree_size: int) -> bytes:
    """Return the root of the tree as it was at a size.

    Raises:
        VerificationError: a node is missing; the tree was never that large, or is
            damaged.
    """
    if tree_size == 0:
        return EMPTY_ROOT
    plan = [subtrees(0, tree_size)]
    return fold(carry_out(plan, lambda wanted: nodes(connection, wanted)))


def inclusion_proof(connection: Connection, index: int, tree_size: int) -> list[bytes]:
    """Return the proof that a leaf stands in the tree of a size.

    Raises:
        VerificationError: index or size lie outside the tree.
    """
    plan = inclusion_plan(index, tree_size)
    return carry_out(plan, lambda wanted: nodes(connection, wanted))


def consistency_proof(connection: Connection, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of the new size begins with that of the old.

    Raises:
        VerificationError: the sizes lie outside the tree; the old one must not be 0.
    """
    plan = consistency_plan(old, new)
    return carry_out(plan, lambda wanted: nodes(connection, wanted))


@dataclass(frozen=True, slots=True)
class Published:
    """A published checkpoint.

    Attributes:
        size: number of leaves.
        note: the signed checkpoint, verbatim.
        published_at: when it was kept.
    """

    size: int
    note: str
    published_at: datetime

    def checkpoint(self) -> Checkpoint:
        """Return what it says; its signatures are not checked here."""
        return parse(split_note(self.note)[0])


def publish(
    connection: Connection, tree_size: int, note: str, published_at: datetime
) -> None:
    """Keep a signed checkpoint as published; a size is kept once and never changed."""
    known = select(log_checkpoint.c.size).where(log_checkpoint.c.size == tree_size)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(log_checkpoint).values(
                size=tree_size, note=note.encode(), published_at=published_at
            )
        )


def latest_checkpoint(connection: Connection) -> Published | None:
    """Return the published checkpoint of the largest tree."""
    query = select(log_checkpoint).order_by(log_checkpoint.c.size.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _published(row)


def checkpoint_covering(connection: Connection, index: int) -> Published | None:
    """Return the first published checkpoint of this origin whose tree holds a leaf."""
    query = (
        select(log_checkpoint)
        .where(log_checkpoint.c.size > index, _is_of(read_head(connection).origin))
        .order_by(log_checkpoint.c.size)
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _published(row)


def was_published(connection: Connection, origin: str) -> bool:
    """Say whether a checkpoint of an origin was published in this database."""
    query = select(log_checkpoint.c.size).where(_is_of(origin)).limit(1)
    return connection.execute(query).first() is not None


def checkpoint_at(connection: Connection, tree_size: int) -> Published:
    """Return the published checkpoint of a size.

    Raises:
        NotFound: none was published at this size.
    """
    query = select(log_checkpoint).where(log_checkpoint.c.size == tree_size)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("log.no-checkpoint", "No checkpoint was published at this size.")
    return _published(row)


def checkpoints(connection: Connection, after: int, limit: int) -> list[Published]:
    """Return published checkpoints of more than `after` leaves, smallest first."""
    query = (
        select(log_checkpoint)
        .where(log_checkpoint.c.size > after)
        .order_by(log_checkpoint.c.size)
        .limit(limit)
    )
    return [_published(row) for row in connection.execute(query)]


def nodes(connection: Connection, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """Return those of the wanted nodes that are stored.

    SQLite answers a key in a few microseconds and needs no round trip; PostgreSQL is
    asked once for each level.
    """
    if is_sqlite(connection):
        rows = ((node, _node_row(connection, node)) for node in wanted)
        return {node: bytes(row[0]) for node, row in rows if row is not None}
    by_level: defaultdict[int, list[int]] = defaultdict(list)
    for level, index in wanted:
        by_level[level].append(index)
    found: dict[Node, bytes] = {}
    for level, indexes in by_level.items():
        for index, hashed in connection.execute(_level_query(level, indexes)):
            found[level, index] = bytes(hashed)
    return found


def _is_of(origin: str) -> ColumnElement[bool]:
    # After a loss the tree goes on under another origin; see audit.continuation.
    line = origin.encode() + b"\n"
    start: ColumnElement[bytes] = func.substr(log_checkpoint.c.note, 1, len(line))
    return start == line


def _node_row(connection: Connection, node: Node) -> Any:
    level, index = node
    if level == 0:
        return _LEAF_HASH.one(connection, at=index)
    return _NODE_HASH.one(connection, level=level, at=index)


def _level_query(level: int, indexes: Sequence[int]) -> Any:
    if level == 0:
        return select(log_leaf.c.idx, log_leaf.c.leaf_hash).where(
            log_leaf.c.idx.in_(indexes)
        )
    return select(log_node.c.idx, log_node.c.hash).where(
        log_node.c.level == level, log_node.c.idx.in_(indexes)
    )


def _found(row: Any) -> StoredLeaf:
    if row is None:
        raise NotFound("log.no-leaf", "The tree holds no such leaf.")
    return _stored(row)


def _stored(row: Any) -> StoredLeaf:
    return StoredLeaf(row[0], UUID(bytes=bytes(row[1])), bytes(row[2]))


def _published(row: Any) -> Published:
    return Published(row.size, bytes(row.note).decode(), row.published_at)
