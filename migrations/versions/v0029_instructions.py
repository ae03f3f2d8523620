"""Standing instructions of persons, sealed."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "instruction_set",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("judge_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("owner_id", name="pk_instruction_set"),
    )
    condition = sa.text("judge_at IS NOT NULL")
    op.create_index(
        "ix_instruction_set_judge_at",
        "instruction_set",
        ["judge_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    op.create_table(
        "instruction_event",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instruction_id", sa.LargeBinary(16), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "no", name="pk_instruction_event"),
    )


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("instruction_set", "instruction_event")
    op.drop_table("instruction_event")
    op.drop_table("instruction_set")
