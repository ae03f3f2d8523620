"""The gate of data sets: the only way of one to a third party (X-17, X-18).

Only anonymised information passes. Pseudonymised information may not be given to third
parties (APPI 41(6)), and there is no way for it: this module refuses every other kind,
the table's own constraint refuses it again, and nothing else hands out a set to anybody
but staff of the bank. The notice of items and method stands in public before the first
byte (APPI 43(4), 44); what the ethics board stops is given no more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent import board
from consent.facts import BoardSubjectKind
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden, NotFound
from pds.core.vocabulary.dataset_rules import DataSetKind
from pds.disclosure.tables import released_set, released_set_chunk

_VERSION: Final = 1
_BOARD_VERSION: Final = 1
_set, _chunk = released_set.c, released_set_chunk.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """An anonymised set whose provision was announced.

    Attributes:
        notice: what the public was told: items and method, as structure.
        opens_at: the first moment at which it is given.
        taken_down_at: since when it is given no more.
    """

    data_set_id: UUID
    notice: dict[str, Any]
    size: int
    digest: bytes
    announced_at: datetime
    opens_at: datetime
    taken_down_at: datetime | None


def announce(
    work: Work,
    data_set_id: UUID,
    kind: DataSetKind,
    notice: dict[str, Any],
    chunks: Iterable[bytes],
    *,
    wait: timedelta,
    actor: str,
) -> None:
    """Publish the notice of a set now; the set itself follows after the wait.

    Raises:
        Forbidden: `data-set.kind`; it is not anonymised. `data-set.board`; the ethics
            board has not approved it.
        Conflict: `data-set.announced`; it is announced already, or was taken down.
    """
    if kind is not DataSetKind.ANONYMISED:
        raise Forbidden("data-set.kind", "Only anonymised sets may be given away.")
    if not _is_approved(work, data_set_id):
        raise Forbidden("data-set.board", "The board has not approved the set.")
    if find(work, data_set_id) is not None:
        raise Conflict("data-set.announced", "The set was announced before.")
    size, digest = 0, sha256()
    for no, chunk in enumerate(chunks, 1):
        size += len(chunk)
        digest.update(chunk)
        work.connection.execute(
            insert(released_set_chunk).values(
                data_set_id=data_set_id, no=no, content=chunk
            )
        )
    work.connection.execute(
        insert(released_set).values(
            data_set_id=data_set_id,
            kind=kind.value,
            notice=canonical(notice | {"v": _VERSION}),
            size=size,
            digest=digest.digest(),
            announced_at=work.now,
            opens_at=work.now + wait,
        )
    )
    record_policy(work, "data-set.announced", actor=actor, about=str(data_set_id))


def take_down(work: Work, data_set_id: UUID, *, actor: str) -> None:
    """Give a set no more and delete its bytes; the notice stays.

    Raises:
        NotFound: `data-set.unknown`; it was not announced, or is taken down.
    """
    done = work.connection.execute(
        update(released_set)
        .where(_set.data_set_id == data_set_id, _set.taken_down_at.is_(None))
        .values(taken_down_at=work.now)
    )
    if not done.rowcount:
        raise _unknown()
    work.connection.execute(
        delete(released_set_chunk).where(_chunk.data_set_id == data_set_id)
    )
    record_policy(work, "data-set.taken-down", actor=actor, about=str(data_set_id))


def find(snap: Snapshot, data_set_id: UUID) -> Released | None:
    """Return what was announced of a set; None if nothing was."""
    query = select(released_set).where(_set.data_set_id == data_set_id)
    row = snap.connection.execute(query).first()
    if row is None:
        return None
    return Released(
        data_set_id=row.data_set_id,
        notice=parse_canonical(bytes(row.notice)),
        size=row.size,
        digest=bytes(row.digest),
        announced_at=row.announced_at,
        opens_at=row.opens_at,
        taken_down_at=row.taken_down_at,
    )


def is_given(snap: Snapshot, released: Released | None) -> bool:
    """Say whether anybody may have the set now."""
    return (
        released is not None
        and released.taken_down_at is None
        and released.opens_at <= snap.now
        and _is_approved(snap, released.data_set_id)
    )


def content(snap: Snapshot, data_set_id: UUID) -> Iterator[bytes]:
    """Return the bytes of a set that is given.

    Raises:
        NotFound: `data-set.unknown`; it is not given now, whatever the reason.
    """
    if not is_given(snap, find(snap, data_set_id)):
        raise _unknown()
    query = (
        select(_chunk.content)
        .where(_chunk.data_set_id == data_set_id)
        .order_by(_chunk.no)
    )
    return map(bytes, snap.connection.execute(query).scalars())


def _is_approved(snap: Snapshot, data_set_id: UUID) -> bool:
    decided = board.current(
        snap, BoardSubjectKind.DATA_SET, str(data_set_id), version=_BOARD_VERSION
    )
    return board.is_in_force(decided, snap.now)


def _unknown() -> NotFound:
    return NotFound("data-set.unknown", "There is no such data set to be had.")
