"""Agents: who may act for a person, how far and how long."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OPEN = "state != 'ended'"
_ENTERED = "state = 'entered'"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "agent_link",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("link_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.LargeBinary(16)),
        sa.Column("code_hash", sa.LargeBinary(32)),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("active_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ending", sa.Text()),
        sa.Column("entered_by", sa.LargeBinary(16)),
        sa.Column("approved_by", sa.LargeBinary(16)),
        sa.Column("proof_type", sa.Text()),
        sa.Column("proof_generation", sa.BigInteger()),
        sa.Column("proof", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("owner_id", "link_id", name="pk_agent_link"),
    )
    op.create_index("ix_agent_link_agent_id", "agent_link", ["agent_id"])
    op.create_index("ix_agent_link_code_hash", "agent_link", ["code_hash"], unique=True)
    _partial("ix_agent_link_until", "until", _OPEN)
    _partial("ix_agent_link_entered", "made_at", _ENTERED)


def downgrade() -> None:
    """Take it away."""
    losses.refuse("agent_link")
    op.drop_table("agent_link")


def _partial(name: str, column: str, where: str) -> None:
    op.create_index(
        name,
        "agent_link",
        [column],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
