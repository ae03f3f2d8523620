"""The table of documents that show a criterion to be met."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

criterion_document = Table(
    "criterion_document",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("document_id", Uuid, primary_key=True),
    Column("criterion_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("keeper", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Column("kept_by", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Documents of the bank, sealed under its account key; the newest of each item counts.

The owner is the bank itself. `keeper` is the role or person who answers for it.
"""
Index(
    "ix_criterion_document_criterion_id",
    criterion_document.c.criterion_id,
    criterion_document.c.kept_at,
)
