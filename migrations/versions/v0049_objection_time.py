"""The time that really passes for persons to object in, whatever the clock says."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the row's table; what is announced now counts from the first beat on."""
    op.create_table(
        "objection_time",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.LargeBinary(16), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_objection_time_single"),
        sa.PrimaryKeyConstraint("id", name="pk_objection_time"),
    )
    op.add_column("judgement", sa.Column("counted_from", sa.BigInteger()))
    op.create_index("ix_judgement_judgement_id", "judgement", ["judgement_id"])


def downgrade() -> None:
    """Take it away; it is counted anew after the next upgrade."""
    op.drop_index("ix_judgement_judgement_id", table_name="judgement")
    op.drop_column("judgement", "counted_from")
    op.drop_table("objection_time")
