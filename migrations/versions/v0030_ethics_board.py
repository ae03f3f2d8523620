"""The ethics board: who sits, ballots, conditions, items known by their text."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TABLES = (
    "board_request",
    "board_item",
    "board_condition",
    "board_ballot",
    "board_proposal",
    "board_conflict",
    "board_member",
)
_NEW = ("summary_ja", "summary_en", "review_at", "present")


def upgrade() -> None:
    """Make the tables; of decisions from before no members are known."""
    for name, default in (("summary_ja", ""), ("summary_en", ""), ("present", "[]")):
        column = sa.Column(name, sa.Text(), nullable=False, server_default=default)
        op.add_column("board_decision", column)
    op.add_column("board_decision", sa.Column("review_at", sa.BigInteger()))
    op.create_table(
        "board_member",
        sa.Column("member_id", sa.LargeBinary(16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("is_of_bank", sa.Boolean(), nullable=False),
        sa.Column("term_from", sa.BigInteger(), nullable=False),
        sa.Column("term_until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("nominated_by", sa.Text(), nullable=False),
        sa.Column("nominated_at", sa.BigInteger(), nullable=False),
        sa.Column("seated_at", sa.BigInteger()),
        sa.Column("seated_by", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("member_id", name="pk_board_member"),
    )
    op.create_index("ix_board_member_account_id", "board_member", ["account_id"])
    op.create_table(
        "board_conflict",
        sa.Column("member_id", sa.LargeBinary(16), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "recipient_id", name="pk_board_conflict"),
    )
    op.create_table(
        "board_proposal",
        sa.Column("proposal_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("decision", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.LargeBinary(16), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decision_id", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_board_proposal"),
    )
    op.create_index(
        "ix_board_proposal_subject", "board_proposal", ["kind", "subject_id"]
    )
    op.create_index("ix_board_proposal_state", "board_proposal", ["state"])
    op.create_table(
        "board_ballot",
        sa.Column("proposal_id", sa.LargeBinary(16), nullable=False),
        sa.Column("member_id", sa.LargeBinary(16), nullable=False),
        sa.Column("vote", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("cast_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "member_id", name="pk_board_ballot"),
    )
    op.create_table(
        "board_condition",
        sa.Column("decision_id", sa.LargeBinary(16), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("met_at", sa.BigInteger()),
        sa.Column("met_by", sa.Text()),
        sa.PrimaryKeyConstraint("decision_id", "no", name="pk_board_condition"),
    )
    op.create_index("ix_board_condition_met_at", "board_condition", ["met_at"])
    op.create_table(
        "board_item",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("title_ja", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", name="pk_board_item"),
    )
    op.create_index("ix_board_item_name", "board_item", ["kind", "name"])
    op.create_table(
        "board_request",
        sa.Column("request_id", sa.LargeBinary(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("request_id", name="pk_board_request"),
    )


def downgrade() -> None:
    """Take the tables and columns away."""
    losses.refuse(*_TABLES)
    losses.refuse("board_decision", where="review_at IS NOT NULL OR present <> '[]'")
    for name in _TABLES:
        op.drop_table(name)
    with op.batch_alter_table("board_decision") as changed:
        for name in _NEW:
            changed.drop_column(name)
