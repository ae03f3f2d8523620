"""The table of what waits to be told to somebody outside; its content is sealed."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("outbox_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("recipient_id", Text),
    Column("client_id", Text),
    Column("state", Text, nullable=False),
    Column("put_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failure", Text, nullable=False),
    Column("lease", Uuid),
    Column("leased_until", Moment),
    Column("settled_at", Moment),
    Column("key_class", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""One row per thing and target. Its owner is the bank where it is about nobody; a row
that was sent has an empty envelope."""

_waits = outbox.c.state == "waiting"
_is_dead = outbox.c.state == "dead"
Index(
    "ix_outbox_due_at",
    outbox.c.due_at,
    sqlite_where=_waits,
    postgresql_where=_waits,
)
Index(
    "ix_outbox_settled_at",
    outbox.c.settled_at,
    sqlite_where=_is_dead,
    postgresql_where=_is_dead,
)
Index("ix_outbox_recipient_id", outbox.c.recipient_id, outbox.c.outbox_id)
