"""Criteria held against recipients, their papers, modes and history.

Recipients from before have 180 days in which every criterion has to be looked at.
"""

import time

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TERM = 180 * 86_400_000
"""Milliseconds."""


def upgrade() -> None:
    """Add what is new; write down where each recipient stands now."""
    with op.batch_alter_table("recipient") as changed:
        changed.add_column(
            sa.Column("mode", sa.Text(), nullable=False, server_default="full")
        )
        changed.add_column(
            sa.Column("mode_reason", sa.Text(), nullable=False, server_default="")
        )
        changed.add_column(sa.Column("cleared_until", sa.BigInteger()))
    op.add_column(
        "recipient_certificate", sa.Column("processor_id", sa.LargeBinary(16))
    )
    op.create_table(
        "recipient_step",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "no", name="pk_recipient_step"),
    )
    op.create_table(
        "recipient_check",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.LargeBinary(16)),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "no", name="pk_recipient_check"),
    )
    op.create_table(
        "recipient_paper",
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.LargeBinary(16), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", "paper_id", name="pk_recipient_paper"),
    )
    until = int(time.time() * 1000) + _TERM
    op.execute(
        sa.text(
            "UPDATE recipient SET cleared_until = :until WHERE standing <> 'applied'"
        ).bindparams(until=until)
    )
    op.execute(
        "INSERT INTO recipient_step (recipient_id, no, standing, reason, note, actor, at)"
        " SELECT recipient_id, 1, standing, CASE standing WHEN 'suspended' THEN 'other'"
        " ELSE '' END, '', '', changed_at FROM recipient"
    )


def downgrade() -> None:
    """Take all of it away."""
    losses.refuse("recipient_paper", "recipient_check", "recipient_step")
    for name in ("recipient_paper", "recipient_check", "recipient_step"):
        op.drop_table(name)
    with op.batch_alter_table("recipient_certificate") as changed:
        changed.drop_column("processor_id")
    with op.batch_alter_table("recipient") as changed:
        for name in ("cleared_until", "mode_reason", "mode"):
            changed.drop_column(name)
