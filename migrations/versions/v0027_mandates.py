"""The mandate: its terms in versions, and each person's acceptances."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody has a mandate before accepting one."""
    op.create_table(
        "mandate_terms",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger()),
        sa.Column("in_force_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("version", name="pk_mandate_terms"),
    )
    op.create_table(
        "mandate_event",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("mandate_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "mandate_id", "no", name="pk_mandate_event"),
    )
    op.create_index(
        "ix_mandate_event_generation", "mandate_event", ["owner_id", "generation"]
    )
    op.create_table(
        "mandate_current",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("mandate_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name="pk_mandate_current"),
    )


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("mandate_terms", "mandate_event", "mandate_current")
    op.drop_table("mandate_current")
    op.drop_table("mandate_event")
    op.drop_table("mandate_terms")
