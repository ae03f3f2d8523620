"""Cosignatures that witnesses gave on published checkpoints, as they were received."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from audit.note import VerifierKey
from audit.tables import log_cosignature

_PAGE = 1_000
_kept = log_cosignature.c


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One line of a witness.

    Attributes:
        size: of the checkpoint that it covers.
        name: of the witness's key.
        line: the signature line, with its newline.
        at: the moment that the witness vouches for.
    """

    size: int
    name: str
    line: str
    at: datetime


def keep(
    connection: Connection, size: int, key: VerifierKey, line: str, at: datetime
) -> None:
    """Keep a verified line; the first of a key on a checkpoint stays."""
    values = {"size": size, "name": key.name, "key_id": key.key_id}
    known = select(_kept.size).filter_by(**values)
    if connection.execute(known).first() is None:
        connection.execute(insert(log_cosignature).values(line=line, at=at, **values))


def on(connection: Connection, size: int) -> list[Cosignature]:
    """Return what was kept on the checkpoint of a size, by names."""
    query = select(log_cosignature).where(_kept.size == size)
    ordered = query.order_by(_kept.name, _kept.key_id)
    return [_read(row) for row in connection.execute(ordered)]


def newest(connection: Connection) -> list[Cosignature]:
    """Return what was kept on the newest checkpoint that anybody cosigned."""
    size = connection.execute(select(func.max(_kept.size))).scalar_one()
    return [] if size is None else on(connection, size)


def newest_of(connection: Connection, key: VerifierKey) -> Cosignature | None:
    """Return the newest line of one key."""
    query = (
        select(log_cosignature)
        .where(_kept.name == key.name, _kept.key_id == key.key_id)
        .order_by(_kept.size.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _read(row)


def every(connection: Connection) -> Iterator[tuple[int, Sequence[Cosignature]]]:
    """Yield each cosigned size with its lines, smallest first."""
    after = -1
    while sizes := _sizes(connection, after):
        for size in sizes:
            yield size, on(connection, size)
        after = sizes[-1]


def _sizes(connection: Connection, after: int) -> list[int]:
    query = select(_kept.size).distinct().where(_kept.size > after)
    found = connection.execute(query.order_by(_kept.size).limit(_PAGE))
    return [row.size for row in found]


def _read(row: Any) -> Cosignature:
    return Cosignature(row.size, row.name, row.line, row.at)
