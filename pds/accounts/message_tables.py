"""Tables of messages to persons, their wishes about them, and where mail goes."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from pds.core.database import Moment, Uuid, metadata

message = Table(
    "message",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("read_at", Moment),
    Column("mail_at", Moment),
    Column("once", LargeBinary(16)),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""One row per message; `mail_at` is when mail about it is due, NULL when it went or
none is wanted; `once` names what must not be told twice."""
_is_unread = message.c.read_at.is_(None)
_is_due = message.c.mail_at.is_not(None)
_is_once = message.c.once.is_not(None)
Index(
    "ix_message_unread",
    message.c.owner_id,
    sqlite_where=_is_unread,
    postgresql_where=_is_unread,
)
Index(
    "ix_message_mail_at",
    message.c.mail_at,
    sqlite_where=_is_due,
    postgresql_where=_is_due,
)
Index(
    "uq_message_once",
    message.c.owner_id,
    message.c.once,
    unique=True,
    sqlite_where=_is_once,
    postgresql_where=_is_once,
)

message_wish = Table(
    "message_wish",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("way", Text, nullable=False),
)
"""How a person wants to hear of a kind, where that is not the usual way."""

mail_address = Table(
    "mail_address",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("address_id", Uuid, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("stop_hash", LargeBinary(32)),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Addresses of persons: one that waits for its code, one that is proved or failed."""
Index("ix_mail_address_stop_hash", mail_address.c.stop_hash, unique=True)

message_round = Table(
    "message_round",
    metadata,
    Column("round_id", Uuid, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("whom", Text, nullable=False),
    Column("whose", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("place", Uuid),
    Column("made_at", Moment, nullable=False),
    Column("done_at", Moment),
)
"""What many persons have to be told of one act; `place` is the last who was told."""
_is_open = message_round.c.done_at.is_(None)
Index(
    "ix_message_round_open",
    message_round.c.round_id,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
