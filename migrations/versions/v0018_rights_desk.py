"""Requests of persons to the rights desk, and their sealed papers."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OPEN = "state IN ('checking', 'received', 'in-work', 'forwarded')"
_ANSWERED = "state = 'answered'"
_CLOSED = "closed_at IS NOT NULL"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rights_request",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("request_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("on_paper", sa.Integer(), nullable=False),
        sa.Column("agent_kind", sa.Text()),
        sa.Column("agent_link_id", sa.LargeBinary(16)),
        sa.Column("record_id", sa.LargeBinary(16)),
        sa.Column("source_id", sa.LargeBinary(16)),
        sa.Column("source_answer", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("refusal", sa.Text()),
        sa.Column("checked_by", sa.LargeBinary(16)),
        sa.Column("assigned_to", sa.LargeBinary(16)),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("forwarded_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("owner_id", "request_id", name="pk_rights_request"),
    )
    op.create_index(
        "ix_rights_request_request_id", "rights_request", ["request_id"], unique=True
    )
    _partial("ix_rights_request_due_at", ["due_at", "request_id"], _OPEN)
    _partial("ix_rights_request_answered_at", ["answered_at"], _ANSWERED)
    _partial("ix_rights_request_closed_at", ["closed_at"], _CLOSED)
    op.create_table(
        "rights_paper",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("request_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "request_id", "no", name="pk_rights_paper"),
    )


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("rights_request", "rights_paper")
    op.drop_table("rights_paper")
    op.drop_table("rights_request")


def _partial(name: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name,
        "rights_request",
        columns,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
