"""Imports under way, and codes by which other banks may send archives."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

intake_open = Table(
    "intake_open",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("import_id", Uuid(), primary_key=True),
    Column("started_at", Moment(), nullable=False),
)
"""A row stands here from the first unit of work of a large import to its last."""

transfer_code = Table(
    "transfer_code",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("owner_id", Uuid(), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("made_at", Moment(), nullable=False),
    Column("expires_at", Moment(), nullable=False),
    Column("used_at", Moment()),
    Index("ix_transfer_code_owner_id", "owner_id"),
    Index("ix_transfer_code_expires_at", "expires_at"),
)
"""Found by the code's hash, so it leads."""
