"""Whose key sealed a paper about a recipient, so that it can be sealed anew."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_BANK = "0" * 32


def upgrade() -> None:
    """Add the column; every paper from before lies under the bank's own key."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    bank = f"x'{_BANK}'" if on_sqlite else f"'\\x{_BANK}'::bytea"
    op.add_column(
        "recipient_paper",
        sa.Column(
            "owner_id",
            sa.LargeBinary(16),
            nullable=False,
            server_default=sa.text(bank),
        ),
    )


def downgrade() -> None:
    """Take it away; it says the same of every paper."""
    op.drop_column("recipient_paper", "owner_id")
