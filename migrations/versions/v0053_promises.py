"""What recipients owe: duties after a consent, and benefits for it."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; consents that ended before owe nothing that is told here."""
    op.create_table(
        "duty",
        *_place("duty_id"),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reminded_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        *_sealed(),
        sa.PrimaryKeyConstraint("owner_id", "duty_id", name="pk_duty"),
    )
    op.create_table(
        "benefit",
        *_place("benefit_id"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("promised_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger()),
        *_sealed(),
        sa.PrimaryKeyConstraint("owner_id", "benefit_id", name="pk_benefit"),
    )
    for table, states in (("duty", "'open'"), ("benefit", "'promised', 'due'")):
        _index_due(table, states)
        op.create_index(
            f"ix_{table}_recipient_id", table, ["recipient_id", f"{table}_id"]
        )
    is_overdue = sa.text("state = 'overdue'")
    op.create_index(
        "ix_duty_overdue",
        "duty",
        ["recipient_id"],
        sqlite_where=is_overdue,
        postgresql_where=is_overdue,
    )


def _place(name: str) -> list[sa.Column]:
    return [
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column(name, sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
    ]


def _sealed() -> list[sa.Column]:
    return [
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
    ]


def _index_due(table: str, states: str) -> None:
    condition = sa.text(f"state IN ({states})")
    op.create_index(
        f"ix_{table}_due_at",
        table,
        ["due_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    """Take them away; what is owed, and what was attested, would be forgotten."""
    losses.refuse("duty", "benefit")
    op.drop_table("benefit")
    op.drop_table("duty")
