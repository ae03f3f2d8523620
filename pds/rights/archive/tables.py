"""Tables of archives that are made for persons, and of their sealed chunks."""

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata


class ArchiveState(StrEnum):
    """Where an archive stands."""

    ASKED = "asked"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


archive_job = Table(
    "archive_job",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("archive_id", Uuid(), primary_key=True),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("asked_at", Moment(), nullable=False),
    Column("due_at", Moment(), nullable=False),
)
"""One row per archive. `due_at` is when something has to be done about it: now for one
that was asked for, the end of the lease, the day of expiry."""
_is_open = archive_job.c.state.in_(
    [ArchiveState.ASKED.value, ArchiveState.BUILDING.value, ArchiveState.READY.value]
)
Index(
    "ix_archive_job_due_at",
    archive_job.c.due_at,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)

archive_chunk = Table(
    "archive_chunk",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("archive_id", Uuid(), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Sealed chunks, numbered from 1."""
