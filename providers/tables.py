"""The registers of sources and of other information banks."""

from sqlalchemy import Column, Table, Text

from pds.core.database import Moment, Uuid, metadata

source = Table(
    "source",
    metadata,
    Column("source_id", Uuid(), primary_key=True),
    Column("kind", Text(), nullable=False),
    Column("name_ja", Text(), nullable=False),
    Column("name_en", Text(), nullable=False),
    Column("created_at", Moment(), nullable=False),
)
"""Who data comes from; no person stands here, a person's own upload is one source."""

partner_bank = Table(
    "partner_bank",
    metadata,
    Column("issuer", Text(), primary_key=True),
    Column("name_ja", Text(), nullable=False),
    Column("name_en", Text(), nullable=False),
    Column("keys", Text(), nullable=False),
    Column("log_vkeys", Text(), nullable=False),
    Column("checked", Text(), nullable=False),
    Column("state", Text(), nullable=False),
    Column("changed_at", Moment(), nullable=False),
)
"""Other information banks and their pinned keys."""
