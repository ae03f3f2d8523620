"""Processors of recipients and of the bank."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nobody's processors are known yet."""
    op.create_table(
        "processor",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("processor_id", sa.LargeBinary(16), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("corporate_number", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("task_ja", sa.Text(), nullable=False),
        sa.Column("task_en", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("contract_day", sa.Text(), nullable=False),
        sa.Column("checked_day", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("recipient_id", "processor_id", name="pk_processor"),
    )


def downgrade() -> None:
    """Take the table away."""
    losses.refuse("processor")
    op.drop_table("processor")
