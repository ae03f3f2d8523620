"""Database guards: stored leaves, nodes, handles and checkpoints only ever grow.

Details never change either, and go only after the key that opens them was destroyed.
Handles on SQLite move from run to run: one goes only if it stands in the next already.

Defence in depth, not the proof: whoever may drop a trigger may also rewrite rows,
and then only the signed checkpoints and receipts outside show it. Lists of SQL
statements for the migration to execute.
"""

_TABLES = (
    "log_leaf",
    "log_node",
    "log_sub",
    "log_checkpoint",
    "log_cosignature",
    "log_timestamp",
)
_KEYS = {
    "log_node": "level = NEW.level AND idx = NEW.idx",
    "log_checkpoint": "size = NEW.size",
    "log_cosignature": "size = NEW.size AND name = NEW.name AND key_id = NEW.key_id",
    "log_timestamp": "size = NEW.size",
}

_REFUSE = "SELECT RAISE(ABORT, 'The log is append-only.');"


def _sqlite_change(table: str, act: str) -> str:
    return (
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN {_REFUSE} END"
    )


def _sqlite_insert(table: str, key: str) -> str:
    # INSERT OR REPLACE deletes the old row without firing a DELETE trigger unless
    # recursive_triggers is on, so the INSERT itself must refuse a key that is taken.
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) BEGIN {_REFUSE} END"
    )


_SQLITE_LEAF = (
    "CREATE TRIGGER log_leaf_no_replace BEFORE INSERT ON log_leaf "
    "WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM log_leaf) "
    "OR EXISTS (SELECT 1 FROM log_leaf WHERE id = NEW.id) "
    f"BEGIN {_REFUSE} END"
)

# Under another number of its row a head or a detail would be replaced or lost too.
_SQLITE_HEAD = (
    "CREATE TRIGGER log_head_no_shrink BEFORE UPDATE ON log_head "
    "WHEN NEW.size < OLD.size OR NEW.origin <> OLD.origin OR NEW.rowid <> OLD.rowid "
    f"BEGIN {_REFUSE} END"
)
_SQLITE_DETAIL = (
    "CREATE TRIGGER log_detail_no_replace BEFORE INSERT ON log_detail "
    "WHEN EXISTS (SELECT 1 FROM log_detail "
    "WHERE owner_id = NEW.owner_id AND gen = NEW.gen AND i = NEW.i) "
    "OR EXISTS (SELECT 1 FROM log_detail WHERE rowid = NEW.rowid) "
    f"BEGIN {_REFUSE} END"
)
# A detail goes with its retention, and its key goes before it in the same act.
_KEY_IS_GONE = (
    "EXISTS (SELECT 1 FROM owner_key WHERE owner_id = OLD.owner_id "
    'AND "class" = 2 AND generation = OLD.gen AND state = 3)'
)
_SQLITE_DETAIL_END = (
    "CREATE TRIGGER log_detail_no_delete BEFORE DELETE ON log_detail "
    f"WHEN NOT {_KEY_IS_GONE} BEGIN {_REFUSE} END"
)
# A handle moves up from run to run: it goes here only once it stands there.
_SQLITE_RECENT_END = (
    "CREATE TRIGGER log_sub_recent_no_delete BEFORE DELETE ON log_sub_recent "
    "WHEN NOT EXISTS (SELECT 1 FROM log_sub_run WHERE level = 0 "
    "AND no = OLD.idx >> 11 AND sub = OLD.sub AND idx = OLD.idx) "
    f"BEGIN {_REFUSE} END"
)
_SQLITE_RUN_END = (
    "CREATE TRIGGER log_sub_run_no_delete BEFORE DELETE ON log_sub_run "
    "WHEN NOT EXISTS (SELECT 1 FROM log_sub_run WHERE level = OLD.level + 1 "
    "AND no = OLD.no >> 4 AND sub = OLD.sub AND idx = OLD.idx) "
    f"BEGIN {_REFUSE} END"
)
_SQLITE_SECOND_HEAD = (
    "CREATE TRIGGER log_head_no_replace BEFORE INSERT ON log_head "
    f"WHEN EXISTS (SELECT 1 FROM log_head) BEGIN {_REFUSE} END"
)

SQLITE_UP: tuple[str, ...] = (
    *(_sqlite_change(table, act) for table in _TABLES for act in ("UPDATE", "DELETE")),
    *(_sqlite_insert(table, key) for table, key in _KEYS.items()),
    _sqlite_change("log_detail", "UPDATE"),
    _SQLITE_DETAIL,
    _SQLITE_DETAIL_END,
    _sqlite_change("log_sub_recent", "UPDATE"),
    _sqlite_insert("log_sub_recent", "idx = NEW.idx"),
    _SQLITE_RECENT_END,
    _sqlite_change("log_sub_run", "UPDATE"),
    _SQLITE_RUN_END,
    _sqlite_change("log_head", "DELETE"),
    _SQLITE_HEAD,
    _SQLITE_SECOND_HEAD,
    _SQLITE_LEAF,
)
"""Statements that put the guards in place on SQLite."""

SQLITE_DOWN: tuple[str, ...] = tuple(
    f"DROP TRIGGER {statement.split()[2]}" for statement in SQLITE_UP
)
"""Statements that remove the guards from SQLite."""

_PG_REFUSE = (
    "CREATE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'The log is append-only.'; END $$"
)
_PG_HEAD_GUARD = (
    "CREATE FUNCTION log_head_guard() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF NEW.size < OLD.size OR NEW.origin <> OLD.origin THEN "
    "RAISE EXCEPTION 'The log is append-only.'; END IF; RETURN NEW; END $$"
)
_PG_HEAD = (
    "CREATE TRIGGER log_head_no_shrink BEFORE UPDATE ON log_head "
    "FOR EACH ROW EXECUTE FUNCTION log_head_guard()"
)
_PG_DETAIL_GUARD = (
    "CREATE FUNCTION log_detail_guard() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF NOT {_KEY_IS_GONE} THEN "
    "RAISE EXCEPTION 'The log is append-only.'; END IF; RETURN OLD; END $$"
)
_PG_DETAIL = (
    "CREATE TRIGGER log_detail_no_delete BEFORE DELETE ON log_detail "
    "FOR EACH ROW EXECUTE FUNCTION log_detail_guard()"
)


def _postgres_guard(table: str, acts: str) -> tuple[str, str]:
    rows = (
        f"CREATE TRIGGER {table}_no_change BEFORE {acts} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION log_refuse()"
    )
    whole = (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_refuse()"
    )
    return rows, whole


POSTGRES_UP: tuple[str, ...] = (
    _PG_REFUSE,
    _PG_HEAD_GUARD,
    _PG_DETAIL_GUARD,
    *(each for table in _TABLES for each in _postgres_guard(table, "UPDATE OR DELETE")),
    *_postgres_guard("log_detail", "UPDATE"),
    *(
        each
        for table in ("log_sub_recent", "log_sub_run")
        for each in _postgres_guard(table, "UPDATE OR DELETE")
    ),
    *_postgres_guard("log_head", "DELETE"),
    _PG_HEAD,
    _PG_DETAIL,
)
"""Statements that put the guards in place on PostgreSQL."""

_PG_TRIGGERS = [each for each in POSTGRES_UP if each.startswith("CREATE TRIGGER")]

POSTGRES_DOWN: tuple[str, ...] = (
    *(
        f"DROP TRIGGER {each.split()[2]} ON {each.split(' ON ')[1].split()[0]}"
        for each in _PG_TRIGGERS
    ),
    "DROP FUNCTION log_refuse()",
    "DROP FUNCTION log_head_guard()",
    "DROP FUNCTION log_detail_guard()",
)
"""Statements that remove the guards from PostgreSQL."""


def statements(dialect: str, *, up: bool) -> tuple[str, ...]:
    """Return the statements for a database: `sqlite` or `postgresql`."""
    if dialect == "sqlite":
        return SQLITE_UP if up else SQLITE_DOWN
    return POSTGRES_UP if up else POSTGRES_DOWN


def head_guard(dialect: str) -> tuple[str, str]:
    """Return the statements that lift the guard of the head's row and restore it.

    For the one act that may change the origin: `log:continued` after a loss.
    """
    if dialect == "sqlite":
        return "DROP TRIGGER log_head_no_shrink", _SQLITE_HEAD
    return "DROP TRIGGER log_head_no_shrink ON log_head", _PG_HEAD
