"""The tables of entrusted judgements; what was judged by is sealed."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

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
    Column("counted_from", BigInteger),
    Column("hash", LargeBinary(32), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""One row per judgement; `due_at` is the end of the time to object.

`counted_from` is what was counted in `objection_time` when the time began to count.
"""

objection_time = Table(
    "objection_time",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", Uuid, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("counted", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
"""One row: the time that really passed, in milliseconds, and the process that counts.

`at` is the moment of its last beat.
"""
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
Index("ix_judgement_judgement_id", judgement.c.judgement_id)
