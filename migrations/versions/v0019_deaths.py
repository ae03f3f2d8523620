"""Wishes for the time after death, and reports of deaths."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OPEN = "state IN ('reported', 'frozen', 'erasing')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "last_wish",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("heir", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_last_wish"),
    )
    op.create_table(
        "death_report",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("report_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.LargeBinary(16), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.LargeBinary(16)),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("window_until", sa.BigInteger()),
        sa.Column("asked", sa.Text()),
        sa.Column("asked_by", sa.LargeBinary(16)),
        sa.Column("archive_id", sa.LargeBinary(16)),
        sa.Column("code_hash", sa.LargeBinary(32)),
        sa.Column("proof_type", sa.Text(), nullable=False),
        sa.Column("proof_generation", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "report_id", name="pk_death_report"),
    )
    _open("ix_death_report_owner_id", "owner_id", unique=True)
    _open("ix_death_report_entered_at", "entered_at", unique=False)
    op.create_index(
        "ix_death_report_code_hash", "death_report", ["code_hash"], unique=True
    )


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("last_wish", "death_report")
    op.drop_table("death_report")
    op.drop_table("last_wish")


def _open(name: str, column: str, *, unique: bool) -> None:
    op.create_index(
        name,
        "death_report",
        [column],
        unique=unique,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
