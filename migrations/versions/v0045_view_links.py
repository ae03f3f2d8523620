"""Links to pages that are only looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of links."""
    op.create_table(
        "view_link",
        sa.Column("link_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("view_id", sa.LargeBinary(16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_view_link_owner_id", "view_link", ["owner_id"])
    op.create_index("ix_view_link_expires_at", "view_link", ["expires_at"])


def downgrade() -> None:
    """Drop it; links live for minutes."""
    op.drop_table("view_link")
