"""Denials counted by day, recipient and reason, for the board's report."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; denials of before have no reason outside of their sealed entry."""
    op.create_table(
        "denial_count",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "recipient_id", "reason", name="pk_denial_count"),
    )


def downgrade() -> None:
    """Take it away."""
    losses.refuse("denial_count")
    op.drop_table("denial_count")
