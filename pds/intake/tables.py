"""Imports that are being stored in several units of work."""

from sqlalchemy import Column, Table

from pds.core.database import Moment, Uuid, metadata

intake_open = Table(
    "intake_open",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("import_id", Uuid(), primary_key=True),
    Column("started_at", Moment(), nullable=False),
)
"""A row stands here from the first unit of work of a large import to its last."""
