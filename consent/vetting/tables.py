"""Tables of what the bank checks of recipients, the papers it keeps, and their history.

They lead with the recipient. Rows are only added, but for the paper's own, which are
written once.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

recipient_step = Table(
    "recipient_step",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("standing", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
"""Every change of a recipient's standing, numbered from 1."""

recipient_class = Table(
    "recipient_class",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("recipient_class", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("announced_to", Uuid),
    Column("announced_at", Moment),
)
"""Every class of a recipient, numbered from 1, with how far persons were told of it:
the last of them by id, and when everybody was."""
Index("ix_recipient_class_at", recipient_class.c.at)

recipient_check = Table(
    "recipient_check",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("criterion", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("paper_id", Uuid),
    Column("valid_until", Moment, nullable=False),
    Column("checked_by", Text, nullable=False),
    Column("checked_at", Moment, nullable=False),
)
"""Answers to criteria, numbered from 1; the last about each is the one that counts."""

recipient_paper = Table(
    "recipient_paper",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("paper_id", Uuid, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("kept_at", Moment, nullable=False),
)
"""Papers about a recipient, sealed under a key of the bank; SHA-256 of the clear."""

recipient_attestation = Table(
    "recipient_attestation",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("points", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("paper_id", Uuid),
    Column("taken_by", Text, nullable=False),
    Column("taken_at", Moment, nullable=False),
)
"""What recipients attested of each year, numbered from 1."""

recipient_country = Table(
    "recipient_country",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("country", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("system_ja", Text, nullable=False),
    Column("system_en", Text, nullable=False),
    Column("measures_ja", Text, nullable=False),
    Column("measures_en", Text, nullable=False),
    Column("checked_at", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
"""What was found of a foreign country and of the recipient's measures there, numbered
from 1; the last about each country is the one that counts."""
