"""Tables of oversight."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

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
