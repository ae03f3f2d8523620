"""Every class that a recipient was of, so that an instruction about one goes with it."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; each recipient has been of its class since its application."""
    op.create_table(
        "recipient_class",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient_class", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("announced_to", sa.LargeBinary(16)),
        sa.Column("announced_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("recipient_id", "no", name="pk_recipient_class"),
    )
    op.create_index("ix_recipient_class_at", "recipient_class", ["at"])
    op.execute(
        "INSERT INTO recipient_class"
        " (recipient_id, no, recipient_class, reason, actor, at, announced_at)"
        " SELECT recipient_id, 1, recipient_class, '', 'bank', applied_at, applied_at"
        " FROM recipient"
    )
    op.add_column(
        "recipient",
        sa.Column("class_no", sa.Integer(), nullable=False, server_default="1"),
    )


def downgrade() -> None:
    """Take it away, unless a class was changed, which nothing else remembers."""
    losses.refuse("recipient_class", where="no > 1")
    op.drop_column("recipient", "class_no")
    op.drop_index("ix_recipient_class_at", table_name="recipient_class")
    op.drop_table("recipient_class")
