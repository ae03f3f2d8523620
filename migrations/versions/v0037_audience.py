"""Numbers of persons by category, the query budget, and live offers by their state."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the index."""
    op.create_table(
        "category_population",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("category", name="pk_category_population"),
    )
    op.create_table(
        "audience_query",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "day", name="pk_audience_query"),
    )
    op.create_index("ix_offer_state", "offer", ["state", "offer_id"])


def downgrade() -> None:
    """Take them away; the numbers are counted anew."""
    op.drop_index("ix_offer_state", table_name="offer")
    op.drop_table("audience_query")
    op.drop_table("category_population")
