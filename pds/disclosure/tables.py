"""Tables of the disclosure gate."""

from sqlalchemy import Column, Index, Integer, Table, Text

from pds.core.database import Moment, Uuid, metadata

denial_window = Table(
    "denial_window",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("grant_id", Uuid, primary_key=True),
    Column("reasons", Text, primary_key=True),
    Column("recipient_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("consent_id", Uuid, nullable=False),
    Column("consent_version", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("repeated", Integer, nullable=False),
    Index("ix_denial_window_first_at", "first_at"),
)
