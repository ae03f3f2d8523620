"""Wishes for the time after death, and reports of deaths."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

last_wish = Table(
    "last_wish",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("wish", Text, nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("heir", LargeBinary, nullable=False),
)
"""What a person wants to happen after death; `heir` is sealed, empty text if none."""

death_report = Table(
    "death_report",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("report_id", Uuid(), primary_key=True),
    Column("state", Text, nullable=False),
    Column("entered_by", Uuid(), nullable=False),
    Column("entered_at", Moment(), nullable=False),
    Column("decided_by", Uuid()),
    Column("decided_at", Moment()),
    Column("window_until", Moment()),
    Column("asked", Text),
    Column("asked_by", Uuid()),
    Column("archive_id", Uuid()),
    Column("code_hash", LargeBinary(32)),
    Column("proof_type", Text, nullable=False),
    Column("proof_generation", BigInteger, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
"""One row per report; `proof` is sealed under the person's account key."""
_is_open = death_report.c.state.in_(("reported", "frozen", "erasing"))
Index(
    "ix_death_report_owner_id",
    death_report.c.owner_id,
    unique=True,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
Index(
    "ix_death_report_entered_at",
    death_report.c.entered_at,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
Index("ix_death_report_code_hash", death_report.c.code_hash, unique=True)
