"""Why a data set was not made, and how much was left out of one."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_COUNTS = ("left_out_records", "left_out_persons")


def upgrade() -> None:
    """Add the columns; of sets that failed before the reason is not known."""
    op.add_column("data_set", sa.Column("failure", sa.Text()))
    for name in _COUNTS:
        op.add_column(
            "data_set",
            sa.Column(name, sa.Integer(), nullable=False, server_default="0"),
        )


def downgrade() -> None:
    """Take them away: a set is as good without them."""
    with op.batch_alter_table("data_set") as changed:
        for name in (*_COUNTS, "failure"):
            changed.drop_column(name)
