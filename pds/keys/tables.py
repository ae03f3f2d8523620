"""Tables of owner keys, their wraps, and the known values that test the provider."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    and_,
    text,
)

from pds.core.database import Moment, Uuid, metadata
from pds.keys.classes import KeyClass, KeyState

owner_key = Table(
    "owner_key",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("class", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    Column("state", Integer, nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("enc_reserved", BigInteger, nullable=False),
    Column("destroy_after", Moment()),
    Column("hold", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Moment(), nullable=False),
)

_one_active = and_(
    owner_key.c.state == KeyState.ACTIVE, owner_key.c["class"] != KeyClass.CONSENT
)
Index(
    "uq_owner_key_active",
    owner_key.c.owner_id,
    owner_key.c["class"],
    unique=True,
    sqlite_where=_one_active,
    postgresql_where=_one_active,
)
# Retention jobs look for keys whose time has come, over all owners.
Index(
    "ix_owner_key_destroy_after",
    owner_key.c.destroy_after,
    sqlite_where=owner_key.c.destroy_after.is_not(None),
    postgresql_where=owner_key.c.destroy_after.is_not(None),
)

IS_REPLACED = text(
    "(class = 1 OR class = 3 OR class >= 16)"
    " AND (state = 2 OR state = 1 AND enc_reserved >= 2147483648)"
)
"""Generations that have to go, in the very words of their index.

Keys of accounts, of raw originals and of data, that only decrypt or have sealed as much
as they may.
"""
Index(
    "ix_owner_key_replaced",
    owner_key.c.commitment,
    sqlite_where=IS_REPLACED,
    postgresql_where=IS_REPLACED,
)

owner_key_wrap = Table(
    "owner_key_wrap",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("class", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    Column("wrap_no", Integer, primary_key=True, autoincrement=False),
    Column("alg", Integer, nullable=False),
    Column("holder_kind", Integer, nullable=False),
    Column("holder_id", LargeBinary),
    Column("kek_version", Integer),
    Column("params", LargeBinary),
    Column("wrapped", LargeBinary, nullable=False),
)
# Rewrapping walks the wraps of older key-encryption keys.
Index(
    "ix_owner_key_wrap_kek_version",
    owner_key_wrap.c.kek_version,
    owner_key_wrap.c.owner_id,
)

account_key = Table(
    "account_key",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("kem", Text, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("state", Integer, nullable=False),
)
"""Reserved for deliveries sealed to a key that the person holds (HPKE)."""

kek_check = Table(
    "kek_check",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("alg", Integer, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("retiring_at", Moment()),
    Column("retired_at", Moment()),
    Column("destroy_by", Moment()),
)
"""Known values: `kek` per version, and one row per named secret (version 1)."""
