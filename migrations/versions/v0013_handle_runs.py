"""Handles in sorted runs, on SQLite.

What stands in `log_sub` moves to the runs where merging would have brought it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LEVELS = 7
_REFUSE = "SELECT RAISE(ABORT, 'The log is append-only.');"
_LOG_SUB_GUARD = (
    f"CREATE TRIGGER log_sub_no_delete BEFORE DELETE ON log_sub BEGIN {_REFUSE} END"
)
_IN_FIRST = "SELECT 1 FROM log_sub_run WHERE level = 0 AND no = OLD.idx >> 11 AND sub = OLD.sub AND idx = OLD.idx"
_IN_NEXT = "SELECT 1 FROM log_sub_run WHERE level = OLD.level + 1 AND no = OLD.no >> 4 AND sub = OLD.sub AND idx = OLD.idx"
_SQLITE = (
    f"CREATE TRIGGER log_sub_recent_no_update BEFORE UPDATE ON log_sub_recent BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_sub_recent_no_replace BEFORE INSERT ON log_sub_recent WHEN EXISTS (SELECT 1 FROM log_sub_recent WHERE idx = NEW.idx) BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_sub_recent_no_delete BEFORE DELETE ON log_sub_recent WHEN NOT EXISTS ({_IN_FIRST}) BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_sub_run_no_update BEFORE UPDATE ON log_sub_run BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_sub_run_no_delete BEFORE DELETE ON log_sub_run WHEN NOT EXISTS ({_IN_NEXT}) BEGIN {_REFUSE} END",
)
_POSTGRES = tuple(
    statement
    for table in ("log_sub_recent", "log_sub_run")
    for statement in (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION log_refuse()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
    )
)


def upgrade() -> None:
    """Make the tables, move what is there, and guard it."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    serial = sa.Integer() if is_sqlite else sa.BigInteger()
    op.create_table(
        "log_sub_recent",
        sa.Column("sub", sa.LargeBinary(16), nullable=False),
        sa.Column("idx", serial, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("idx", name="pk_log_sub_recent"),
    )
    op.create_table(
        "log_sub_run",
        sa.Column("level", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("no", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("sub", sa.LargeBinary(16), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.CheckConstraint(
            "level >= 0 AND level <= 6 AND no = idx >> (11 + 4 * level)",
            name=op.f("ck_log_sub_run_place"),
        ),
        sa.PrimaryKeyConstraint("level", "no", "sub", "idx", name="pk_log_sub_run"),
        sqlite_with_rowid=False,
    )
    if is_sqlite:
        _move_to_runs()
    for statement in _SQLITE if is_sqlite else _POSTGRES:
        op.execute(statement)


def _move_to_runs() -> None:
    op.execute("DROP TRIGGER log_sub_no_delete")
    size = op.get_bind().scalar(sa.text("SELECT max(idx) + 1 FROM log_sub")) or 0
    start = "idx IS NOT NULL"
    for level in reversed(range(_LEVELS)):
        # Whole runs stand as high as they would have come; the rest is left in level 0.
        shift = 11 + 4 * level
        end = (size >> shift) << shift if level else size
        op.execute(
            f"INSERT INTO log_sub_run SELECT {level}, idx >> {shift}, sub, idx"
            f" FROM log_sub WHERE {start} AND idx < {end}"
            f" ORDER BY idx >> {shift}, sub, idx"
        )
        start = f"idx >= {end}"
    op.execute("DELETE FROM log_sub")
    op.execute(_LOG_SUB_GUARD)


def downgrade() -> None:
    """Put the handles back into one table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "INSERT OR IGNORE INTO log_sub SELECT sub, idx FROM log_sub_run"
            " UNION SELECT sub, idx FROM log_sub_recent ORDER BY 1, 2"
        )
    op.drop_table("log_sub_run")
    op.drop_table("log_sub_recent")
