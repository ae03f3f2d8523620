"""A hidden record takes the time at which it is revealed; no other record does.

The parts of a large import are stored hidden and shown together. What is new since
yesterday is asked by the time of storing, which must be that of the showing.
"""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_NAME = "vault_record_no_change"
_TIME = "vault_record_no_change_of_time"
_FIXED = "owner_id, record_id, version, category, class, first_day, last_day, order_in_day, payload_schema, sensitivity, source_id, import_id, dedupe_key"
_REVEALS = "OLD.state = 3 AND length(OLD.sealed) > 0 AND NEW.state = 1"
_REFUSE = "SELECT RAISE(ABORT, 'A sealed record never changes.');"


def upgrade() -> None:
    """Let the time of storing change in that act alone."""
    _drop(_NAME)
    _guard(_NAME, _FIXED)
    _guard(_TIME, "created_at", f"NOT ({_REVEALS})")


def downgrade() -> None:
    """Let it never change again."""
    _drop(_TIME)
    _drop(_NAME)
    _guard(_NAME, f"{_FIXED}, created_at")


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _drop(name: str) -> None:
    op.execute(f"DROP TRIGGER {name}" + ("" if _is_sqlite() else " ON vault_record"))


def _guard(name: str, columns: str, when: str = "") -> None:
    test = f"WHEN ({when}) " if when else ""
    act = f"BEFORE UPDATE OF {columns} ON vault_record"
    if _is_sqlite():
        op.execute(f"CREATE TRIGGER {name} {act} {test}BEGIN {_REFUSE} END")
    else:
        op.execute(
            f"CREATE TRIGGER {name} {act} FOR EACH ROW {test}EXECUTE FUNCTION vault_refuse()"
        )
