"""Tables of oversight."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from pds.core.database import Moment, Uuid, metadata

unmasking = Table(
    "unmasking",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("leaf_index", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", Moment),
    Column("used_at", Moment),
)
"""Requests of auditors to learn whom a pseudonym stands for, and their outcome."""
Index("ix_unmasking_request_id", unmasking.c.request_id, unique=True)

sent_receipt = Table(
    "sent_receipt",
    metadata,
    Column(
        "no",
        BigInteger().with_variant(Integer(), "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("recipient_id", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("idx", BigInteger, nullable=True),
    Column("finding", Text, nullable=False),
    Column("envelope", LargeBinary, nullable=True),
    UniqueConstraint("recipient_id", "digest"),
)
"""Receipts that recipients sent back; only ever grows.

Of one that stands only the position and hash of its leaf are kept, which say nothing of
a person. Of a finding all that was sent is kept, sealed under the bank's audit key.
"""
