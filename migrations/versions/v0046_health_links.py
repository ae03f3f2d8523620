"""Links by which persons show records to a doctor."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_ALIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Create the tables of links, their addresses and their openings."""
    op.create_table(
        "health_link",
        sa.Column("owner_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("link_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("opens_left", sa.Integer, nullable=False),
        sa.Column("tries_left", sa.Integer, nullable=False),
        sa.Column("passcode_hash", sa.Text),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("file", sa.LargeBinary, nullable=False),
    )
    op.create_index(
        "ix_health_link_expires_at",
        "health_link",
        ["expires_at"],
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    )
    op.create_table(
        "health_link_route",
        sa.Column("link_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(16), nullable=False),
    )
    op.create_index(
        "ix_health_link_route_owner_id", "health_link_route", ["owner_id"]
    )
    op.create_table(
        "health_link_opening",
        sa.Column("owner_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("link_id", sa.LargeBinary(16), primary_key=True),
        sa.Column("no", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("opening_id", sa.LargeBinary(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("file_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("file_until", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them, if there are none: a link given away would open nothing any more."""
    losses.refuse("health_link", "health_link_opening", "health_link_route")
    op.drop_table("health_link_opening")
    op.drop_table("health_link_route")
    op.drop_table("health_link")
