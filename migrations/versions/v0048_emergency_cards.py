"""Emergency cards and what was opened by them."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "emergency_card",
        sa.Column("card_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("card_id", sa.LargeBinary(16), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_emergency_card_owner_id", "emergency_card", ["owner_id"])
    op.create_table(
        "emergency_access",
        sa.Column("access_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("recipient_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("review_by", sa.BigInteger, nullable=False),
        sa.Column("reviewed_at", sa.BigInteger),
        sa.Column("reviewed_by", sa.LargeBinary(16)),
        sa.Column("sealed_by", sa.LargeBinary(16), nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    for name, columns in {
        "ix_emergency_access_owner_id": ["owner_id"],
        "ix_emergency_access_recipient": ["recipient_id", "state"],
        "ix_emergency_access_review": ["state", "review_by"],
    }.items():
        op.create_index(name, "emergency_access", columns)


def downgrade() -> None:
    """Drop them, if there are none: what was opened has to be reviewed."""
    losses.refuse("emergency_card", "emergency_access")
    op.drop_table("emergency_access")
    op.drop_table("emergency_card")
