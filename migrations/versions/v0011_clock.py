"""The newest moment that the service saw come."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; where there is a log, its last entry is what is known so far."""
    op.create_table(
        "log_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_log_clock_single"),
        sa.PrimaryKeyConstraint("id", name="pk_log_clock"),
    )
    op.execute("INSERT INTO log_clock (id, at) SELECT 1, last_t FROM log_head")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("log_clock")
