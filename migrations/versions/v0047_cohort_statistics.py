"""Statistics of cohorts, a row for each offer and month."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cohort_statistics",
        sa.Column("offer_id", sa.LargeBinary(16), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", "month", name="pk_cohort_statistics"),
    )


def downgrade() -> None:
    """Take it away; made anew they would be other numbers, so that is refused."""
    losses.refuse("cohort_statistics")
    op.drop_table("cohort_statistics")
