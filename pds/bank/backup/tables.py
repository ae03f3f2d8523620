"""The table of drills: when a backup was proven to be of use."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table

from pds.core.database import Moment, metadata

backup_drill = Table(
    "backup_drill",
    metadata,
    Column("at", Moment(), primary_key=True),
    Column("is_good", Boolean, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("missing", BigInteger, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
)
"""Entries of the backup, entries that the log had beyond it, and its digest."""
