"""The class of each recipient: one axis of a person's standing instructions."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of recipients from before nothing is known yet."""
    op.add_column(
        "recipient",
        sa.Column(
            "recipient_class", sa.Text(), nullable=False, server_default="other"
        ),
    )


def downgrade() -> None:
    """Take it away."""
    losses.refuse("recipient", where="recipient_class <> 'other'")
    op.drop_column("recipient", "recipient_class")
