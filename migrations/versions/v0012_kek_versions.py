"""When a version of the key-encryption key began to be destroyed, and when it was."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two moments; versions of before have neither."""
    op.add_column("kek_check", sa.Column("retiring_at", sa.BigInteger()))
    op.add_column("kek_check", sa.Column("retired_at", sa.BigInteger()))


def downgrade() -> None:
    """Take them away."""
    losses.refuse("kek_check", where="retiring_at IS NOT NULL")
    with op.batch_alter_table("kek_check") as batch:
        batch.drop_column("retired_at")
        batch.drop_column("retiring_at")
