"""Accounts of auditors end by themselves."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NINETY_DAYS = 90 * 24 * 60 * 60 * 1000


def upgrade() -> None:
    """Add the end of access; auditors that are there get ninety days from their start.

    Whoever is to stay longer is given more time by command.
    """
    op.add_column("account", sa.Column("access_until", sa.BigInteger()))
    account = sa.table(
        "account",
        sa.column("role", sa.Text()),
        sa.column("created_at", sa.BigInteger()),
        sa.column("access_until", sa.BigInteger()),
    )
    op.execute(
        account.update()
        .where(account.c.role == "auditor")
        .values(access_until=account.c.created_at + _NINETY_DAYS)
    )


def downgrade() -> None:
    """Take the column away."""
    losses.refuse("account", where="access_until IS NOT NULL")
    op.drop_column("account", "access_until")
