"""Yearly attestations of recipients.

Recipients from before owe their first a year from now.
"""

import time

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_YEAR = 365 * 86_400_000
"""Milliseconds."""


def upgrade() -> None:
    """Make the table; write down when each recipient's first is due."""
    with op.batch_alter_table("recipient") as changed:
        changed.add_column(sa.Column("attest_by", sa.BigInteger()))
    op.create_table(
        "recipient_attestation",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.LargeBinary(16)),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "no", name="pk_recipient_attestation"),
    )
    due = int(time.time() * 1000) + _YEAR
    op.execute(
        sa.text(
            "UPDATE recipient SET attest_by = :due WHERE standing IN"
            " ('approved', 'suspended')"
        ).bindparams(due=due)
    )


def downgrade() -> None:
    """Take it away."""
    losses.refuse("recipient_attestation")
    op.drop_table("recipient_attestation")
    with op.batch_alter_table("recipient") as changed:
        changed.drop_column("attest_by")
