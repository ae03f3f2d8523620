"""Tables of the log. No foreign keys: the log outlives what it speaks of.

`log_detail` and `person_state` lead with the owner; nothing else here names one.
"""

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

_SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in a column that is called INTEGER."""

log_leaf = Table(
    "log_leaf",
    metadata,
    Column("idx", _SERIAL, primary_key=True, autoincrement=False),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False),
)
"""The leaves as they were hashed."""

log_node = Table(
    "log_node",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)
"""Roots of complete subtrees from level 1 up; level 0 is `log_leaf.leaf_hash`."""

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("last_t", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
)
"""One row: what the next append needs."""

log_checkpoint = Table(
    "log_checkpoint",
    metadata,
    Column("size", _SERIAL, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("published_at", Moment, nullable=False),
)
"""Published checkpoints: signed notes as they were given out."""

log_cosignature = Table(
    "log_cosignature",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("key_id", LargeBinary(4), primary_key=True),
    Column("line", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_log_cosignature_name", "name", "key_id", "size"),
    sqlite_with_rowid=False,
)
"""Lines that witnesses gave on published checkpoints, after these were published."""

log_timestamp = Table(
    "log_timestamp",
    metadata,
    Column("size", _SERIAL, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("authority", Text, nullable=False),
    Column("response", LargeBinary, nullable=False),
)
"""Answers of a time-stamping authority (RFC 3161) over published checkpoints."""

log_clock = Table(
    "log_clock",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="single"), primary_key=True),
    Column("at", Moment, nullable=False),
)
"""One row: the newest moment that the service saw come; never set back."""

log_pending = Table(
    "log_pending",
    metadata,
    Column("no", _SERIAL, primary_key=True, autoincrement=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("sub", LargeBinary(16), nullable=False),
    Column("prefix", LargeBinary, nullable=False),
    Column("suffix", LargeBinary, nullable=False),
)
"""Leaves that are committed but not yet in the tree (PostgreSQL only)."""

log_sub = Table(
    "log_sub",
    metadata,
    Column("sub", LargeBinary(16), primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Where each subject handle stands (PostgreSQL only); the index is in the key so that
a forbidden second use of a handle is stored and shown, instead of blocking the log."""

log_sub_recent = Table(
    "log_sub_recent",
    metadata,
    Column("sub", LargeBinary(16), nullable=False),
    Column("idx", _SERIAL, primary_key=True, autoincrement=False),
)
"""Subject handles in the order of the tree until they are merged (SQLite only)."""

log_sub_run = Table(
    "log_sub_run",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("no", BigInteger, primary_key=True, autoincrement=False),
    Column("sub", LargeBinary(16), primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    CheckConstraint(
        "level >= 0 AND level <= 6 AND no = idx >> (11 + 4 * level)", name="place"
    ),
    sqlite_with_rowid=False,
)
"""Subject handles in sorted runs (SQLite only); see `audit.handle_runs`."""

log_detail = Table(
    "log_detail",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("gen", Integer, primary_key=True, autoincrement=False),
    Column("i", BigInteger, primary_key=True, autoincrement=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""Sealed details under the subject's audit key. No leaf id, index or time here."""

person_state = Table(
    "person_state",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("gen", Integer, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
)
"""Audit-key generation, entries so far in it, and the fence of each subject."""
