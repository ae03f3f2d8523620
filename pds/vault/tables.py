"""Tables of records, imports and raw originals."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    literal_column,
)

from pds.core.database import Moment, Uuid, metadata

vault_record = Table(
    "vault_record",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("record_id", Uuid(), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("category", Text, nullable=False),
    Column("class", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("order_in_day", Integer, nullable=False),
    Column("payload_schema", Integer, nullable=False),
    Column("sensitivity", Integer, nullable=False),
    Column("source_id", Uuid(), nullable=False),
    Column("import_id", Uuid(), nullable=False),
    Column("dedupe_key", LargeBinary(32), nullable=False),
    Column("state", Integer, nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    CheckConstraint("first_day <= last_day", name="days"),
    CheckConstraint("state BETWEEN 1 AND 4", name="state"),
)
"""One row per version; a tombstone has no sealed bytes. See docs/formats/vault.md."""

_c = vault_record.c
# Written as numbers in the statements, or the planner could not use partial indexes.
IS_CURRENT = _c.state == literal_column("1", Integer)
IS_CURRENT_OF_CATEGORY = _c.state < literal_column("2", Integer)
"""The same, said so that SQLite can use the index of categories and no other.

Without statistics SQLite would walk a person's days and skip other categories.
"""


def _only(condition: ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


Index(
    "ix_vault_record_category",
    _c.owner_id,
    _c.category,
    _c.last_day.desc(),
    _c.order_in_day.desc(),
    _c.record_id,
    **_only(IS_CURRENT_OF_CATEGORY),
)
Index(
    "ix_vault_record_day",
    _c.owner_id,
    _c.last_day.desc(),
    _c.order_in_day.desc(),
    _c.record_id,
    **_only(IS_CURRENT),
)
Index(
    "uq_vault_record_dedupe",
    _c.owner_id,
    _c.dedupe_key,
    unique=True,
    **_only(IS_CURRENT),
)
Index("ix_vault_record_created_at", _c.owner_id, _c.created_at)
Index("ix_vault_record_import", _c.owner_id, _c.import_id, **_only(IS_CURRENT))

vault_import = Table(
    "vault_import",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("import_id", Uuid(), primary_key=True),
    Column("source_id", Uuid(), nullable=False),
    Column("media_type", Text, nullable=False),
    Column("state", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("created_at", Moment(), nullable=False),
    CheckConstraint("state BETWEEN 1 AND 2", name="state"),
)

raw_original = Table(
    "raw_original",
    metadata,
    Column("owner_id", Uuid(), primary_key=True),
    Column("import_id", Uuid(), primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
