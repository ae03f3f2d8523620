"""Foreign countries in which recipients handle data, and what was found of them."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "recipient_country",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("system_ja", sa.Text(), nullable=False),
        sa.Column("system_en", sa.Text(), nullable=False),
        sa.Column("measures_ja", sa.Text(), nullable=False),
        sa.Column("measures_en", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "no", name="pk_recipient_country"),
    )


def downgrade() -> None:
    """Take it away."""
    losses.refuse("recipient_country")
    op.drop_table("recipient_country")
