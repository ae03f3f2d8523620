"""The register of sources."""

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
