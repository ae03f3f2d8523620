"""Time stamps of an authority (RFC 3161) on published checkpoints, as received."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from audit.errors import VerificationError
from audit.tables import log_timestamp

_PAGE = 100
_kept = log_timestamp.c


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What an authority vouched for.

    Attributes:
        size: of the checkpoint that it covers.
        at: the moment by which this checkpoint existed.
        authority: subject of the certificate that signed.
        response: the whole answer (TimeStampResp in DER).
    """

    size: int
    at: datetime
    authority: str
    response: bytes


def keep(connection: Connection, stamp: Timestamp) -> None:
    """Keep a verified time stamp; the first on a checkpoint stays.

    Raises:
        VerificationError: it is earlier than that of a smaller tree, so that every
            verifier would refuse the two together.
    """
    last = newest(connection)
    if last is not None and stamp.size <= last.size:
        return
    if last is not None and stamp.at < last.at:
        raise VerificationError("The time stamp is earlier than the one before.")
    connection.execute(
        insert(log_timestamp).values(
            size=stamp.size,
            at=stamp.at,
            authority=stamp.authority,
            response=stamp.response,
        )
    )


def newest(connection: Connection) -> Timestamp | None:
    """Return the time stamp of the largest tree that has one."""
    query = select(log_timestamp).order_by(_kept.size.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _read(row)


def every(connection: Connection) -> Iterator[Timestamp]:
    """Yield each time stamp, smallest tree first."""
    after = -1
    while page := _page(connection, after):
        yield from page
        after = page[-1].size


def _page(connection: Connection, after: int) -> list[Timestamp]:
    query = select(log_timestamp).where(_kept.size > after)
    found = connection.execute(query.order_by(_kept.size).limit(_PAGE))
    return [_read(row) for row in found]


def _read(row: Any) -> Timestamp:
    return Timestamp(row.size, row.at, row.authority, row.response)
