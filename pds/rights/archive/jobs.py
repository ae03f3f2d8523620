"""Archives that are being made or wait to be fetched.

States: asked → building (one process has it until its lease ends) → ready → expired;
or failed, after which the person asks anew. A process that dies leaves a lease that
ends; the next one begins from the start, so an archive is never put together from two
attempts. The end of its lease is by what an attempt is known, since a later attempt
begins after it: whoever lost the lease can neither add, complete nor give up. One
archive of a person is under way at a time.

At rest an archive is sealed in chunks under the account key: erasure kills it with the
account, and a chunk that was moved, cut off or put in another order does not open.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from audit.work import Work
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.rights.archive import taking
from pds.rights.archive.tables import ArchiveState, archive_chunk, archive_job

LASTS: Final = timedelta(days=7)
"""How long a finished archive waits to be fetched."""
LEASE: Final = timedelta(minutes=2)
"""How long a process may be silent before another takes its place."""
LOST: Final = "archive.lost"
"""Code of the error that says that another process has taken over."""
LABEL: Final = b"sys.export"


_job, _chunk = archive_job.c, archive_chunk.c


@dataclass(frozen=True, slots=True)
class Job:
    """An archive and how far it is.

    Attributes:
        language: of the words in it, `ja` or `en`.
        records: how many records it will hold.
        percent: how much of it is made.
        chunks: how many chunks are there.
        size: their bytes together.
        due_at: when it expires, once it is ready; the end of the lease until then.
    """

    owner: OwnerId
    archive_id: UUID
    state: ArchiveState
    language: str
    records: int
    percent: int
    chunks: int
    size: int
    asked_at: datetime
    due_at: datetime


def ask(
    work: Work, owner: OwnerId, *, language: str, records: int, actor: str = "person"
) -> UUID:
    """Order an archive and record it; return its id.

    Raises:
        Conflict: `archive.under-way`; one is being made already.
    """
    require_in_use(work, owner, may_be_frozen=True)
    if any(
        each.state in (ArchiveState.ASKED, ArchiveState.BUILDING)
        for each in listed(work, owner)
    ):
        raise Conflict("archive.under-way", "An archive is being made already.")
    archive_id = work.ids.new()
    taking.take(work, owner, records, actor)
    work.connection.execute(
        insert(archive_job).values(
            owner_id=owner,
            archive_id=archive_id,
            state=ArchiveState.ASKED,
            language=language,
            records=records,
            percent=0,
            chunks=0,
            size=0,
            asked_at=work.now,
            due_at=work.now,
        )
    )
    return archive_id


def claim(work: Work) -> Job | None:
    """Take the archive that waits longest, or one whose lease is over; None if none.

    What an earlier attempt left is deleted. The job that is returned is the lease.
    """
    due = (
        select(archive_job)
        .where(
            _job.state.in_([ArchiveState.ASKED.value, ArchiveState.BUILDING.value]),
            _job.due_at <= work.now,
        )
        .order_by(_job.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = work.connection.execute(due).first()
    if row is None:
        return None
    found = _read(row)
    _drop_chunks(work, found)
    values: dict[str, Any] = {
        "state": ArchiveState.BUILDING,
        "percent": 0,
        "chunks": 0,
        "size": 0,
        "due_at": work.now + LEASE,
    }
    _change(work, _is(found), **values)
    return replace(found, **values)


def add_chunk(work: Work, job: Job, no: int, chunk: bytes, percent: int) -> Job:
    """Keep the next chunk and renew the lease; return the job as it is now.

    Raises:
        Conflict: `archive.lost`; another process has taken the archive over, or it is
            gone.
    """
    values: dict[str, Any] = {
        "chunks": no,
        "percent": percent,
        "size": job.size + len(chunk),
        "due_at": work.now + LEASE,
    }
    if not _change(work, and_(_leased(job), _job.chunks == no - 1), **values):
        raise _lost()
    key = work.keys.ensure(work.connection, job.owner, KeyClass.ACCOUNT, now=work.now)
    envelope = work.keys.seal(work.connection, key, job.archive_id, no, LABEL, chunk)
    work.connection.execute(
        insert(archive_chunk).values(
            owner_id=job.owner,
            archive_id=job.archive_id,
            no=no,
            generation=key.generation,
            envelope=envelope,
        )
    )
    return replace(job, **values)


def complete(work: Work, job: Job) -> None:
    """Let the person fetch an archive from now on, for a week.

    Raises:
        Conflict: `archive.lost`; another process has taken the archive over.
    """
    values: dict[str, Any] = {
        "state": ArchiveState.READY,
        "percent": 100,
        "due_at": work.now + LASTS,
    }
    if not _change(work, _leased(job), **values):
        raise _lost()


def fail(work: Work, job: Job) -> None:
    """Give an archive up; what there is of it is deleted.

    Raises:
        Conflict: `archive.lost`; another process has taken the archive over.
    """
    if not _change(work, _leased(job), state=ArchiveState.FAILED):
        raise _lost()
    _drop_chunks(work, job)


def expire(work: Work) -> int:
    """Delete archives that waited long enough; return how many."""
    rows = work.connection.execute(
        select(archive_job)
        .where(_job.state == ArchiveState.READY.value, _job.due_at <= work.now)
        .limit(100)
    ).all()
    for row in rows:
        found = _read(row)
        _drop_chunks(work, found)
        _change(work, _is(found), state=ArchiveState.EXPIRED)
    return len(rows)


def listed(snap: Snapshot, owner: OwnerId) -> list[Job]:
    """Return a person's archives, newest first."""
    query = (
        select(archive_job)
        .where(_job.owner_id == owner)
        .order_by(_job.archive_id.desc())
        .limit(20)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def get(snap: Snapshot, owner: OwnerId, archive_id: UUID) -> Job:
    """Return one archive of a person.

    Raises:
        NotFound: `archive.unknown`; the person has none of this id.
    """
    mine = and_(_job.owner_id == owner, _job.archive_id == archive_id)
    row = snap.connection.execute(select(archive_job).where(mine)).first()
    if row is None:
        raise NotFound("archive.unknown", "There is no such archive.")
    return _read(row)


def chunk(snap: Snapshot, keys: Keyring, job: Job, no: int) -> bytes:
    """Return one chunk.

    Raises:
        NotFound: `archive.unknown`; it is not there, or not any more.
        KeyUnavailable: the account was erased.
        EnvelopeError: it does not open.
    """
    row = snap.connection.execute(
        select(_chunk.generation, _chunk.envelope).where(
            _chunk.owner_id == job.owner,
            _chunk.archive_id == job.archive_id,
            _chunk.no == no,
        )
    ).first()
    if row is None:
        raise NotFound("archive.unknown", "There is no such archive.")
    key = keys.open(snap.connection, job.owner, KeyClass.ACCOUNT, row.generation)
    return keys.unseal(key, bytes(row.envelope), job.archive_id, no, LABEL)


def forget(work: Work, owner: OwnerId) -> None:
    """Delete every archive of a person, for erasure."""
    for table in (archive_chunk, archive_job):
        work.connection.execute(delete(table).where(table.c.owner_id == owner))


def _drop_chunks(work: Work, job: Job) -> None:
    work.connection.execute(
        delete(archive_chunk).where(
            _chunk.owner_id == job.owner, _chunk.archive_id == job.archive_id
        )
    )


def _is(job: Job) -> ColumnElement[bool]:
    return and_(_job.owner_id == job.owner, _job.archive_id == job.archive_id)


def _leased(job: Job) -> ColumnElement[bool]:
    """Return the condition that nobody has taken the job over."""
    building = _job.state == ArchiveState.BUILDING
    return and_(_is(job), building, _job.due_at == job.due_at)


def _lost() -> Conflict:
    return Conflict(LOST, "Another process makes this archive.")


def _change(work: Work, which: ColumnElement[bool], **values: Any) -> int:
    return work.connection.execute(
        update(archive_job).where(which).values(**values)
    ).rowcount


def _read(row: Any) -> Job:
    return Job(
        owner=OwnerId(row.owner_id),
        archive_id=row.archive_id,
        state=ArchiveState(row.state),
        language=row.language,
        records=row.records,
        percent=row.percent,
        chunks=row.chunks,
        size=row.size,
        asked_at=row.asked_at,
        due_at=row.due_at,
    )
