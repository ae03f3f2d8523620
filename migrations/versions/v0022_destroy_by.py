"""By when a version of the key-encryption key is to be destroyed at the latest."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment; the next start fills it in."""
    op.add_column("kek_check", sa.Column("destroy_by", sa.BigInteger()))


def downgrade() -> None:
    """Take it away."""
    # Certificates of erasure rest on these days.
    losses.refuse(
        "kek_check", where="destroy_by IS NOT NULL AND EXISTS (SELECT 1 FROM erasure)"
    )
    with op.batch_alter_table("kek_check") as batch:
        batch.drop_column("destroy_by")
