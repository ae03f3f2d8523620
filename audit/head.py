"""The head of the log: what the next append needs to know."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from audit.merkle import HASH_SIZE, Frontier
from audit.tables import log_head
from pds.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Head:
    """The state of the tree after some append.

    Attributes:
        size: number of leaves.
        frontier: roots of the complete subtrees, largest first.
        last_t: Unix milliseconds of the last leaf, 0 when there is none.
        origin: name of the log, as checkpoints carry it.
    """

    size: int
    frontier: tuple[bytes, ...]
    last_t: int
    origin: str

    def root(self) -> bytes:
        """Return the root of the tree."""
        return Frontier(self.size, self.frontier).root()


def create_head(connection: Connection, origin: str) -> Head:
    """Begin an empty log of this origin, once per database."""
    connection.execute(
        insert(log_head).values(id=1, size=0, frontier=b"", last_t=0, origin=origin)
    )
    return Head(0, (), 0, origin)


def read_head(connection: Connection, *, lock: bool = False) -> Head:
    """Read the head; with `lock`, keep other integrators away until the commit.

    Raises:
        NotFound: no log was begun in this database.
    """
    query = select(
        log_head.c.size, log_head.c.frontier, log_head.c.last_t, log_head.c.origin
    )
    row: Any = connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFound("log.no-head", "No log was begun in this database.")
    return Head(row.size, split_hashes(bytes(row.frontier)), row.last_t, row.origin)


def split_hashes(joined: bytes) -> tuple[bytes, ...]:
    """Take joined hashes apart."""
    return tuple(
        joined[start : start + HASH_SIZE] for start in range(0, len(joined), HASH_SIZE)
    )
