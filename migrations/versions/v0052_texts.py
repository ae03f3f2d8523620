"""What texts of the vocabulary mean, and the transition of a bank that was running.

A bank with consents gets one row: what was agreed before goes on as before for thirty
days. Purposes that nobody decided on are covered only where the register of texts does
not know them yet, which is where they never needed a decision.
"""

import time

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_TERM = 30 * 24 * 60 * 60 * 1000


def upgrade() -> None:
    """Make the tables; say what goes on, at a bank where anything was agreed."""
    for name in ("continues", "continues_because"):
        op.add_column(
            "board_decision",
            sa.Column(name, sa.Text(), nullable=False, server_default=""),
        )
    op.create_table(
        "text_meaning",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "sha256", name="pk_text_meaning"),
    )
    op.create_table(
        "text_transition",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("covers_undecided", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_text_transition"),
        sa.CheckConstraint("id = 1", name="ck_text_transition_once"),
        sa.CheckConstraint(
            "ends_at - began_at <= 2592000000", name="ck_text_transition_thirty_days"
        ),
    )
    _begin()


def _begin() -> None:
    connection = op.get_bind()
    consents = sa.text("SELECT 1 FROM consent_event WHERE event = 'given' LIMIT 1")
    if connection.execute(consents).first() is None:
        return
    known = sa.text("SELECT 1 FROM board_item WHERE kind = 'purpose' LIMIT 1")
    now = int(time.time() * 1000)
    connection.execute(
        sa.text(
            "INSERT INTO text_transition (id, began_at, ends_at, covers_undecided)"
            " VALUES (1, :began, :ends, :covers)"
        ).bindparams(
            sa.bindparam("covers", type_=sa.Boolean()),
        ),
        {
            "began": now,
            "ends": now + _TERM,
            "covers": connection.execute(known).first() is None,
        },
    )


def downgrade() -> None:
    """Take it away, unless a text was found to mean the same or a transition runs."""
    losses.refuse("text_meaning", "text_transition")
    losses.refuse("board_decision", where="continues <> ''")
    op.drop_table("text_transition")
    op.drop_table("text_meaning")
    for name in ("continues_because", "continues"):
        op.drop_column("board_decision", name)
