"""Pseudonymised and anonymised data sets, who agreed to them, and what was released."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "data_set_choice",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_data_set_choice"),
    )
    op.create_table(
        "data_set",
        sa.Column("data_set_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose_ja", sa.Text(), nullable=False),
        sa.Column("purpose_en", sa.Text(), nullable=False),
        sa.Column("first_month", sa.Text(), nullable=False),
        sa.Column("last_month", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32)),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger()),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("data_set_id", name="pk_data_set"),
    )
    op.create_index("ix_data_set_state", "data_set", ["state", "due_at"])
    op.create_table(
        "data_set_chunk",
        sa.Column("data_set_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("data_set_id", "no", name="pk_data_set_chunk"),
    )
    op.create_table(
        "released_set",
        sa.Column("data_set_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("notice", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("announced_at", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_down_at", sa.BigInteger()),
        sa.CheckConstraint("kind = 'anonymised'", name=op.f("ck_released_set_kind")),
        sa.CheckConstraint(
            "opens_at > announced_at", name=op.f("ck_released_set_notice_first")
        ),
        sa.PrimaryKeyConstraint("data_set_id", name="pk_released_set"),
    )
    op.create_table(
        "released_set_chunk",
        sa.Column("data_set_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("data_set_id", "no", name="pk_released_set_chunk"),
    )


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("data_set_choice", "data_set", "released_set")
    for name in (
        "released_set_chunk",
        "released_set",
        "data_set_chunk",
        "data_set",
        "data_set_choice",
    ):
        op.drop_table(name)
