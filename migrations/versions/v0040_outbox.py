"""What waits to be told to somebody outside."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outbox",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("outbox_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Text()),
        sa.Column("client_id", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("put_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("lease", sa.LargeBinary(16)),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("key_class", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "outbox_id", name="pk_outbox"),
    )
    for column, state in (("due_at", "waiting"), ("settled_at", "dead")):
        condition = sa.text(f"state = '{state}'")
        op.create_index(
            f"ix_outbox_{column}",
            "outbox",
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )
    op.create_index(
        "ix_outbox_recipient_id", "outbox", ["recipient_id", "outbox_id"]
    )


def downgrade() -> None:
    """Take it away; what waits would never be told."""
    losses.refuse("outbox", where="state <> 'sent'")
    op.drop_table("outbox")
