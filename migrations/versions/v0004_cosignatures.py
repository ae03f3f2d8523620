"""Cosignatures of witnesses, and their guards."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'The log is append-only.');"
_KEY = "size = NEW.size AND name = NEW.name AND key_id = NEW.key_id"
_SQLITE = (
    f"CREATE TRIGGER log_cosignature_no_update BEFORE UPDATE ON log_cosignature BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_cosignature_no_delete BEFORE DELETE ON log_cosignature BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_cosignature_no_replace BEFORE INSERT ON log_cosignature WHEN EXISTS (SELECT 1 FROM log_cosignature WHERE {_KEY}) BEGIN {_REFUSE} END",
)
_POSTGRES = (
    "CREATE TRIGGER log_cosignature_no_change BEFORE UPDATE OR DELETE ON log_cosignature FOR EACH ROW EXECUTE FUNCTION log_refuse()",
    "CREATE TRIGGER log_cosignature_no_truncate BEFORE TRUNCATE ON log_cosignature FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
)


def upgrade() -> None:
    """Make the table and guard it."""
    op.create_table(
        "log_cosignature",
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(4), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", "name", "key_id", name="pk_log_cosignature"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_log_cosignature_name", "log_cosignature", ["name", "key_id", "size"]
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """Take the table away; its guards go with it."""
    losses.refuse("log_cosignature")
    op.drop_table("log_cosignature")
