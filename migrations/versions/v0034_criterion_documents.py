"""Documents that show a criterion of the certification to be met."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "criterion_document",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("document_id", sa.LargeBinary(16), nullable=False),
        sa.Column("criterion_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("keeper", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "document_id", name="pk_criterion_document"
        ),
    )
    op.create_index(
        "ix_criterion_document_criterion_id",
        "criterion_document",
        ["criterion_id", "kept_at"],
    )


def downgrade() -> None:
    """Take it away."""
    losses.refuse("criterion_document")
    op.drop_table("criterion_document")
