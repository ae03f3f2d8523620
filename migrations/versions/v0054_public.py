"""Transparency reports and the operator's facts."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "transparency_report",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_transparency_report"),
    )
    op.create_table(
        "operator_facts",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_operator_facts"),
    )


def downgrade() -> None:
    """Take them away; what was published cannot be made anew, so that is refused."""
    losses.refuse("transparency_report", "operator_facts")
    op.drop_table("operator_facts")
    op.drop_table("transparency_report")
