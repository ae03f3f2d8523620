"""When a backup was restored and read, to see that it is of use."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no drill of before is known."""
    op.create_table(
        "backup_drill",
        sa.Column("at", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("at", name="pk_backup_drill"),
    )


def downgrade() -> None:
    """Drop the table; the log keeps its entries."""
    op.drop_table("backup_drill")
