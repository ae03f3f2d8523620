"""Tables of the mandate: its terms in versions, and each person's acceptances."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

mandate_terms = Table(
    "mandate_terms",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("in_force_at", Moment),
)
"""The terms of the contract between person and bank; a version never changes."""

mandate_event = Table(
    "mandate_event",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("mandate_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("terms_version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What happened to each mandate; rows are only added, how it is known is sealed."""

mandate_current = Table(
    "mandate_current",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("mandate_id", Uuid, nullable=False),
    Column("no", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("terms_version", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""Where the person's last mandate stands; the fold of its events."""
Index(
    "ix_mandate_event_generation", mandate_event.c.owner_id, mandate_event.c.generation
)
