"""Who of the staff opened which paper, so that approvals can ask for it."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "paper_look",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("object_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint(
            "owner_id", "object_id", "no", "staff_id", name="pk_paper_look"
        ),
    )


def downgrade() -> None:
    """Take the table away."""
    losses.refuse("paper_look")
    op.drop_table("paper_look")
