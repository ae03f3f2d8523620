"""Cohorts of offers, tokens of client credentials, and records by when they came."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; a chore enters the consents of before."""
    op.create_table(
        "cohort_member",
        sa.Column("offer_id", sa.LargeBinary(16), nullable=False),
        sa.Column("pairwise", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("owner_id", sa.LargeBinary(16)),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("delete_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "offer_id", "pairwise", "consent_id", name="pk_cohort_member"
        ),
    )
    op.create_index("ix_cohort_member_owner_id", "cohort_member", ["owner_id"])
    op.create_index("ix_cohort_member_left_at", "cohort_member", ["left_at"])
    op.create_table(
        "cohort_use",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.Column("sweep_id", sa.LargeBinary(16)),
        sa.Column("missed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("owner_id", "consent_id", name="pk_cohort_use"),
    )
    op.create_table(
        "cohort_backlog",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("consent_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "consent_id", name="pk_cohort_backlog"),
    )
    op.execute(
        "INSERT INTO cohort_backlog (owner_id, consent_id) SELECT owner_id, consent_id"
        " FROM consent_current WHERE state IN ('given', 'paused')"
    )
    op.create_table(
        "offer_token",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.LargeBinary(16), nullable=False),
        sa.Column("jkt", sa.LargeBinary(32), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("wrap_alg", sa.SmallInteger()),
        sa.Column("secret_wrap", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("token_hash", name="pk_offer_token"),
    )
    op.create_index("ix_offer_token_expires_at", "offer_token", ["expires_at"])
    op.create_index(
        "ix_vault_record_created_at", "vault_record", ["owner_id", "created_at"]
    )


def downgrade() -> None:
    """Take them away; members are entered anew from the consents that hold.

    What recipients were not told yet of those who left is lost, so that is refused.
    """
    losses.refuse("cohort_member", where="left_at IS NOT NULL")
    op.drop_index("ix_vault_record_created_at", table_name="vault_record")
    for table in ("offer_token", "cohort_backlog", "cohort_use", "cohort_member"):
        op.drop_table(table)
