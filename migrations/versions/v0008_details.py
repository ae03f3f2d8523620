"""Guards of details: none goes before its key did."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'The log is append-only.');"
_IS_TAKEN = "SELECT 1 FROM log_detail WHERE owner_id = NEW.owner_id AND gen = NEW.gen AND i = NEW.i"
_IS_GONE = "SELECT 1 FROM owner_key WHERE owner_id = OLD.owner_id AND \"class\" = 2 AND generation = OLD.gen AND state = 3"
_SQLITE_UP = (
    "DROP TRIGGER log_detail_no_replace",
    f"CREATE TRIGGER log_detail_no_replace BEFORE INSERT ON log_detail WHEN EXISTS ({_IS_TAKEN}) OR EXISTS (SELECT 1 FROM log_detail WHERE rowid = NEW.rowid) BEGIN {_REFUSE} END",
    f"CREATE TRIGGER log_detail_no_delete BEFORE DELETE ON log_detail WHEN NOT EXISTS ({_IS_GONE}) BEGIN {_REFUSE} END",
    "DROP TRIGGER log_head_no_shrink",
    f"CREATE TRIGGER log_head_no_shrink BEFORE UPDATE ON log_head WHEN NEW.size < OLD.size OR NEW.origin <> OLD.origin OR NEW.rowid <> OLD.rowid BEGIN {_REFUSE} END",
)
_SQLITE_DOWN = (
    "DROP TRIGGER log_detail_no_delete",
    "DROP TRIGGER log_detail_no_replace",
    f"CREATE TRIGGER log_detail_no_replace BEFORE INSERT ON log_detail WHEN EXISTS ({_IS_TAKEN}) BEGIN {_REFUSE} END",
    "DROP TRIGGER log_head_no_shrink",
    f"CREATE TRIGGER log_head_no_shrink BEFORE UPDATE ON log_head WHEN NEW.size < OLD.size OR NEW.origin <> OLD.origin BEGIN {_REFUSE} END",
)
_POSTGRES_UP = (
    f"CREATE FUNCTION log_detail_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS ({_IS_GONE}) THEN RAISE EXCEPTION 'The log is append-only.'; END IF; RETURN OLD; END $$",
    "CREATE TRIGGER log_detail_no_delete BEFORE DELETE ON log_detail FOR EACH ROW EXECUTE FUNCTION log_detail_guard()",
)
_POSTGRES_DOWN = (
    "DROP TRIGGER log_detail_no_delete ON log_detail",
    "DROP FUNCTION log_detail_guard()",
)


def upgrade() -> None:
    """Guard the details, and the place of the head's row."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_UP if is_sqlite else _POSTGRES_UP:
        op.execute(statement)


def downgrade() -> None:
    """Put back the guards of before."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_DOWN if is_sqlite else _POSTGRES_DOWN:
        op.execute(statement)
