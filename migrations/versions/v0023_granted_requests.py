"""Requests that are granted and not carried out yet stand in the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_NAME = "ix_rights_request_due_at"
_BEFORE = "state IN ('checking', 'received', 'in-work', 'forwarded')"
_AFTER = "state IN ('checking', 'received', 'in-work', 'forwarded', 'promised')"


def upgrade() -> None:
    """Let the index of the queue hold promises as well."""
    _replace(_AFTER)


def downgrade() -> None:
    """Take promises out of the index; they are what was called answered before."""
    op.execute(
        "UPDATE rights_request SET state = 'answered', answered_at = received_at"
        " WHERE state = 'promised'"
    )
    _replace(_BEFORE)


def _replace(condition: str) -> None:
    op.drop_index(_NAME, "rights_request")
    op.create_index(
        _NAME,
        "rights_request",
        ["due_at", "request_id"],
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
