"""Receipts that recipients send back, and their guards."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'The log is append-only.');"
_SQLITE = (
    f"CREATE TRIGGER sent_receipt_no_update BEFORE UPDATE ON sent_receipt BEGIN {_REFUSE} END",
    f"CREATE TRIGGER sent_receipt_no_delete BEFORE DELETE ON sent_receipt BEGIN {_REFUSE} END",
    f"CREATE TRIGGER sent_receipt_no_replace BEFORE INSERT ON sent_receipt WHEN EXISTS (SELECT 1 FROM sent_receipt WHERE no = NEW.no OR (recipient_id = NEW.recipient_id AND digest = NEW.digest)) BEGIN {_REFUSE} END",
)
_POSTGRES = (
    "CREATE TRIGGER sent_receipt_no_change BEFORE UPDATE OR DELETE ON sent_receipt FOR EACH ROW EXECUTE FUNCTION log_refuse()",
    "CREATE TRIGGER sent_receipt_no_truncate BEFORE TRUNCATE ON sent_receipt FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()",
)


def upgrade() -> None:
    """Make the table and guard it."""
    op.create_table(
        "sent_receipt",
        sa.Column(
            "no",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("no", name="pk_sent_receipt"),
        sa.UniqueConstraint(
            "recipient_id", "digest", name="uq_sent_receipt_recipient_id_digest"
        ),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """Take the table away; its guards go with it."""
    losses.refuse("sent_receipt")
    op.drop_table("sent_receipt")
