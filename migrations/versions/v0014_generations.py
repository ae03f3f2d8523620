"""Keys to be replaced, found without a scan; records whose sealed bytes alone may be."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_DUE = "(class = 3 OR class >= 16) AND (state = 2 OR state = 1 AND enc_reserved >= 2147483648)"
_FIXED = "owner_id, record_id, version, category, class, first_day, last_day, order_in_day, payload_schema, sensitivity, source_id, import_id, dedupe_key, created_at"
_REFUSE = "SELECT RAISE(ABORT, 'A sealed record never changes.');"


def _backwards(sealed: str) -> str:
    return f"NEW.generation <= OLD.generation OR length(OLD.{sealed}) = 0 OR length(NEW.{sealed}) = 0"


_TRIGGERS = (
    ("vault_record_no_change", _FIXED, "vault_record", ""),
    ("vault_record_reseal", "generation, sealed", "vault_record", _backwards("sealed")),
    ("raw_original_no_change", "owner_id, import_id", "raw_original", ""),
    ("raw_original_reseal", "generation, envelope", "raw_original", _backwards("envelope")),
)


def upgrade() -> None:
    """Make the index and the guards."""
    condition = sa.text(_DUE)
    op.create_index(
        "ix_owner_key_replaced",
        "owner_key",
        ["commitment"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(
            "CREATE FUNCTION vault_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'A sealed record never changes.'; END $$"
        )
    for name, columns, table, when in _TRIGGERS:
        if is_sqlite:
            test = f"WHEN {when} " if when else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} {test}BEGIN {_REFUSE} END"
            )
        else:
            test = f"WHEN ({when}) " if when else ""
            op.execute(
                f"CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} FOR EACH ROW {test}EXECUTE FUNCTION vault_refuse()"
            )


def downgrade() -> None:
    """Take them away."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _columns, table, _when in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))
    if not is_sqlite:
        op.execute("DROP FUNCTION vault_refuse()")
    op.drop_index("ix_owner_key_replaced", table_name="owner_key")
