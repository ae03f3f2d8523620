"""The texts of contracts and who signed them; contracts from before have none."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what was in force stays in force."""
    op.create_table(
        "contract_document",
        sa.Column("contract_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recipient_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contract_id", "version", name="pk_contract_document"),
    )
    op.create_table(
        "contract_signature",
        sa.Column("contract_id", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.LargeBinary(16)),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "contract_id", "version", "party", name="pk_contract_signature"
        ),
    )


def downgrade() -> None:
    """Take the tables away."""
    losses.refuse("contract_document", "contract_signature")
    op.drop_table("contract_signature")
    op.drop_table("contract_document")
