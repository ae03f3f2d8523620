"""The table of entrusted judgements; what was judged by is sealed."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

judgement = Table(
    "judgement",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("judgement_id", Uuid, primary_key=True),
    Column("offer_id", Uuid, nullable=False),
    Column("offer_version", Integer, nullable=False),
    Column("set_version", Integer, nullable=False),
    Column("terms_version", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("consent_id", Uuid),
    Column("follows", Uuid),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("hash", LargeBinary(32), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""One row per judgement; `due_at` is the end of the time to object."""
_waits = judgement.c.state == "announced"
Index(
    "ix_judgement_due_at",
    judgement.c.due_at,
    sqlite_where=_waits,
    postgresql_where=_waits,
)
Index(
    "ix_judgement_offer_id",
    judgement.c.owner_id,
    judgement.c.offer_id,
    judgement.c.judgement_id,
)
