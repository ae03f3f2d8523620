"""Sealed rows are not replaced by INSERT OR REPLACE either (SQLite).

REPLACE deletes the row in the way without firing a trigger, unless the connection has
recursive_triggers on; so the act itself must refuse a place that is taken. PostgreSQL
has no such act.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'A sealed record never changes.');"
_SAME = "owner_id = NEW.owner_id AND record_id = NEW.record_id AND version = NEW.version"
_TWIN = "NEW.state = 1 AND EXISTS (SELECT 1 FROM vault_record WHERE owner_id = NEW.owner_id AND dedupe_key = NEW.dedupe_key AND state = 1"

_TRIGGERS = {
    "vault_record_no_replace": f"BEFORE INSERT ON vault_record WHEN EXISTS (SELECT 1 FROM vault_record WHERE {_SAME}) OR EXISTS (SELECT 1 FROM vault_record WHERE rowid = NEW.rowid) OR {_TWIN})",
    "vault_record_no_twin": f"BEFORE UPDATE OF state ON vault_record WHEN {_TWIN} AND rowid <> OLD.rowid)",
    "vault_record_no_move": "BEFORE UPDATE ON vault_record WHEN NEW.rowid <> OLD.rowid",
    "raw_original_no_replace": "BEFORE INSERT ON raw_original WHEN EXISTS (SELECT 1 FROM raw_original WHERE owner_id = NEW.owner_id AND import_id = NEW.import_id) OR EXISTS (SELECT 1 FROM raw_original WHERE rowid = NEW.rowid)",
    "raw_original_no_move": "BEFORE UPDATE ON raw_original WHEN NEW.rowid <> OLD.rowid",
}


def upgrade() -> None:
    """Make the guards."""
    if op.get_bind().dialect.name == "sqlite":
        for name, act in _TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {act} BEGIN {_REFUSE} END")


def downgrade() -> None:
    """Take them away."""
    if op.get_bind().dialect.name == "sqlite":
        for name in _TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
