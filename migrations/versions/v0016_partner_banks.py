"""Other information banks, and codes by which they may send an archive."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "partner_bank",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("log_vkeys", sa.Text(), nullable=False),
        sa.Column("checked", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name="pk_partner_bank"),
    )
    op.create_table(
        "transfer_code",
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name="pk_transfer_code"),
    )
    op.create_index("ix_transfer_code_owner_id", "transfer_code", ["owner_id"])
    op.create_index("ix_transfer_code_expires_at", "transfer_code", ["expires_at"])


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("partner_bank")
    op.drop_table("transfer_code")
    op.drop_table("partner_bank")
