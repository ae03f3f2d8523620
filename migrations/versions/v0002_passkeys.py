"""Passkeys in use: challenges, recovery codes, changes of credentials."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_PASSKEY = ("label", "transports", "backup_eligible", "backed_up", "last_used_at")


def upgrade() -> None:
    """Add the columns and tables."""
    for name, kind, default in (
        ("label", sa.Text(), ""),
        ("transports", sa.Text(), ""),
        ("backup_eligible", sa.Integer(), "0"),
        ("backed_up", sa.Integer(), "0"),
    ):
        column = sa.Column(name, kind, nullable=False, server_default=default)
        op.add_column("passkey", column)
    op.add_column("passkey", sa.Column("last_used_at", sa.BigInteger()))
    op.create_table(
        "webauthn_challenge",
        sa.Column("binding", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("challenge_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("binding", "kind", name="pk_webauthn_challenge"),
    )
    op.create_index(
        "ix_webauthn_challenge_expires_at", "webauthn_challenge", ["expires_at"]
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.account_id"],
            name="fk_recovery_code_account_id",
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "account_change",
        sa.Column("change_id", sa.LargeBinary(16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.account_id"],
            name="fk_account_change_account_id",
        ),
        sa.PrimaryKeyConstraint("change_id", name="pk_account_change"),
    )
    op.create_index(
        "ix_account_change_account_id", "account_change", ["account_id", "at"]
    )


def downgrade() -> None:
    """Take the columns and tables away."""
    losses.refuse("passkey", "recovery_code", "account_change")
    op.drop_table("account_change")
    op.drop_table("recovery_code")
    op.drop_table("webauthn_challenge")
    for name in reversed(_PASSKEY):
        op.drop_column("passkey", name)
