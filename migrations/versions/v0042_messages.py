"""Messages to persons, where mail goes, and where recipients hear of changes."""

import sqlalchemy as sa
from alembic import op

from migrations import losses

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_TABLES = ("message_round", "mail_address", "message_wish", "message")


def upgrade() -> None:
    """Make tables and columns; nobody is told of what was given before."""
    _make_messages()
    op.create_table(
        "message_wish",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "kind", name="pk_message_wish"),
    )
    _make_addresses()
    _make_rounds()
    op.add_column("oauth_client", sa.Column("callback_url", sa.Text()))
    op.add_column("consent_use", sa.Column("told_at", sa.BigInteger()))
    op.execute("UPDATE consent_use SET told_at = 0")
    _index("ix_consent_use_untold", "consent_use", ["day"], "told_at IS NULL")


def _make_messages() -> None:
    op.create_table(
        "message",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("message_id", sa.LargeBinary(16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("mail_at", sa.BigInteger()),
        sa.Column("once", sa.LargeBinary(16)),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "message_id", name="pk_message"),
    )
    _index("ix_message_unread", "message", ["owner_id"], "read_at IS NULL")
    _index("ix_message_mail_at", "message", ["mail_at"], "mail_at IS NOT NULL")
    _index(
        "uq_message_once",
        "message",
        ["owner_id", "once"],
        "once IS NOT NULL",
        unique=True,
    )


def _make_addresses() -> None:
    op.create_table(
        "mail_address",
        sa.Column("owner_id", sa.LargeBinary(16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("address_id", sa.LargeBinary(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("stop_hash", sa.LargeBinary(32)),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "state", name="pk_mail_address"),
    )
    op.create_index(
        "ix_mail_address_stop_hash", "mail_address", ["stop_hash"], unique=True
    )


def _make_rounds() -> None:
    op.create_table(
        "message_round",
        sa.Column("round_id", sa.LargeBinary(16), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("place", sa.LargeBinary(16)),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("round_id", name="pk_message_round"),
    )
    _index("ix_message_round_open", "message_round", ["round_id"], "done_at IS NULL")


def _index(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    """Take all of it away; what was told, and where to, nothing makes again."""
    losses.refuse(*_TABLES)
    losses.refuse("oauth_client", where="callback_url IS NOT NULL")
    op.drop_index("ix_consent_use_untold", "consent_use")
    op.drop_column("consent_use", "told_at")
    op.drop_column("oauth_client", "callback_url")
    for table in _TABLES:
        op.drop_table(table)
