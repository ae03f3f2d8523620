"""Keys of accounts are replaced too; the index that finds old generations has them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_OLD = "(state = 2 OR state = 1 AND enc_reserved >= 2147483648)"
_NAME = "ix_owner_key_replaced"


def upgrade() -> None:
    """Let the index have keys of accounts."""
    _make(f"(class = 1 OR class = 3 OR class >= 16) AND {_OLD}")


def downgrade() -> None:
    """Leave them out again."""
    _make(f"(class = 3 OR class >= 16) AND {_OLD}")


def _make(condition: str) -> None:
    op.drop_index(_NAME, table_name="owner_key")
    op.create_index(
        _NAME,
        "owner_key",
        ["commitment"],
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
