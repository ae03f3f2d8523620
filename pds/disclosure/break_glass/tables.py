"""Tables of emergency cards and of what was opened by them."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

emergency_card = Table(
    "emergency_card",
    metadata,
    Column("card_hash", LargeBinary(32), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("card_id", Uuid, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("ix_emergency_card_owner_id", "owner_id"),
)
"""A person's card, found by the digest of its number; no row means switched off."""

emergency_access = Table(
    "emergency_access",
    metadata,
    Column("access_id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("review_by", Moment, nullable=False),
    Column("reviewed_at", Moment),
    Column("reviewed_by", Uuid),
    Column("sealed_by", Uuid, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("ix_emergency_access_owner_id", "owner_id"),
    Index("ix_emergency_access_recipient", "recipient_id", "state"),
    Index("ix_emergency_access_review", "state", "review_by"),
)
"""What was opened. Clinician, reason and finding are sealed under the bank's key, for
whoever reviews them; nothing of the records is in it."""
