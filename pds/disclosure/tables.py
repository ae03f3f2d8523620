"""Tables of the disclosure gate."""

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

denial_window = Table(
    "denial_window",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("grant_id", Uuid, primary_key=True),
    Column("reasons", Text, primary_key=True),
    Column("recipient_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("consent_id", Uuid, nullable=False),
    Column("consent_version", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("repeated", Integer, nullable=False),
    Index("ix_denial_window_first_at", "first_at"),
)

view_link = Table(
    "view_link",
    metadata,
    Column("link_hash", LargeBinary(32), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("view_id", Uuid, nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("ix_view_link_owner_id", "owner_id"),
    Index("ix_view_link_expires_at", "expires_at"),
)
"""Links to a page that is only looked at, until they are over."""

denial_count = Table(
    "denial_count",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("recipient_id", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
"""Denials by day, recipient and reason, as the leaves count them; of no person."""

released_set = Table(
    "released_set",
    metadata,
    Column("data_set_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("notice", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("announced_at", Moment, nullable=False),
    Column("opens_at", Moment, nullable=False),
    Column("taken_down_at", Moment),
    CheckConstraint("kind = 'anonymised'", name="kind"),
    CheckConstraint("opens_at > announced_at", name="notice_first"),
)
"""Anonymised sets whose provision was announced. No other kind can stand here."""

released_set_chunk = Table(
    "released_set_chunk",
    metadata,
    Column("data_set_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
"""The bytes that anybody may have once the notice has stood long enough."""
