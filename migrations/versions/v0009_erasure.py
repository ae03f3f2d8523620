"""Erasures of accounts, and the certificates that tell of them."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "erasure",
        sa.Column("certificate_id", sa.LargeBinary(16), nullable=False),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=True),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("leaf_id", sa.LargeBinary(16), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_erasure"),
    )
    op.create_index(
        "ix_erasure_owner_id",
        "erasure",
        ["owner_id"],
        unique=True,
        sqlite_where=sa.text("owner_id IS NOT NULL"),
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take the table away."""
    losses.refuse("erasure")
    op.drop_table("erasure")
