"""Tables of health links; what is shown and to whom is sealed."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from pds.core.database import Moment, Uuid, metadata

health_link = Table(
    "health_link",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("link_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("opens_left", Integer, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("passcode_hash", Text),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("file", LargeBinary, nullable=False),
)
"""A link. `file` is encrypted under the key in the link, and empty once it is dead."""
_is_alive = health_link.c.ended_at.is_(None)
Index(
    "ix_health_link_expires_at",
    health_link.c.expires_at,
    sqlite_where=_is_alive,
    postgresql_where=_is_alive,
)

health_link_route = Table(
    "health_link_route",
    metadata,
    Column("link_hash", LargeBinary(32), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("link_id", Uuid, nullable=False),
    Index("ix_health_link_route_owner_id", "owner_id"),
)
"""Whose a link is, by the digest of what stands in its address."""

health_link_opening = Table(
    "health_link_opening",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("link_id", Uuid, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("opening_id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    Column("file_hash", LargeBinary(32), nullable=False),
    Column("file_until", Moment, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Who opened a link, as they said, and the short-lived address that they got."""
