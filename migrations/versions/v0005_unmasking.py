"""Requests of auditors to learn whom a pseudonym stands for."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "unmasking",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("request_id", sa.LargeBinary(16), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.LargeBinary(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.LargeBinary(16), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "request_id", name="pk_unmasking"),
    )
    op.create_index("ix_unmasking_request_id", "unmasking", ["request_id"], unique=True)


def downgrade() -> None:
    """Take the table away."""
    losses.refuse("unmasking")
    op.drop_table("unmasking")
