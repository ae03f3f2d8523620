"""Compositions of the ethics board that one of the staff asks for, another approves."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; boards of before sit as they did."""
    op.create_table(
        "board_constitution",
        sa.Column("constitution_id", sa.LargeBinary(16), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.LargeBinary(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.LargeBinary(16)),
        sa.Column("approved_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("constitution_id", name="pk_board_constitution"),
    )


def downgrade() -> None:
    """Take it away; whom it seated stays seated."""
    losses.refuse("board_constitution")
    op.drop_table("board_constitution")
