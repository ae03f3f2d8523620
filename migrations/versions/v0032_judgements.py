"""Entrusted judgements, with what they were made on sealed."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "judgement",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("judgement_id", sa.LargeBinary(16), nullable=False),
        sa.Column("offer_id", sa.LargeBinary(16), nullable=False),
        sa.Column("offer_version", sa.Integer(), nullable=False),
        sa.Column("set_version", sa.Integer(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16)),
        sa.Column("follows", sa.LargeBinary(16)),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "judgement_id", name="pk_judgement"),
    )
    condition = sa.text("state = 'announced'")
    op.create_index(
        "ix_judgement_due_at",
        "judgement",
        ["due_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    op.create_index(
        "ix_judgement_offer_id", "judgement", ["owner_id", "offer_id", "judgement_id"]
    )


def downgrade() -> None:
    """Take it away."""
    losses.refuse("judgement")
    op.drop_table("judgement")
