"""Time stamps of an authority, and their guards."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'The log is append-only.');"
_SQLITE = (
    f"CREATE TRIGGER log_timestamp_no_update BEFORE UPDATE ON log_timestamp BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_timestamp_no_delete BEFORE DELETE ON log_timestamp BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_timestamp_no_replace BEFORE INSERT ON log_timestamp WHEN EXISTS (SELECT 1 FROM log_timestamp WHERE size = NEW.size) BEGIN {_REFUSE} END",
)
_POSTGRES = (
    "CREATE TRIGGER log_timestamp_no_change BEFORE UPDATE OR DELETE ON log_timestamp FOR EACH ROW EXECUTE FUNCTION log_refuse()",
    "CREATE TRIGGER log_timestamp_no_truncate BEFORE TRUNCATE ON log_timestamp FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
)


def upgrade() -> None:
    """Make the table and guard it."""
    op.create_table(
        "log_timestamp",
        sa.Column(
            "size",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            autoincrement=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_timestamp"),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """Take the table away; its guards go with it."""
    losses.refuse("log_timestamp")
    op.drop_table("log_timestamp")
