"""What the service's own PostgreSQL role may do: own nothing, only add to the log.

The tables belong to the role that ran `infobank db upgrade`. A service that connects as
another one can neither change an entry nor lift the guards that would refuse it.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, create_engine, inspect

from pds.bank.errors import DRIVER_ERRORS, translated
from pds.core.errors import Invalid
from pds.core.settings import Settings

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_GROWING = "SELECT, INSERT"
_RIGHTS = {
    "alembic_version": "SELECT",
    "backup_drill": _GROWING,
    "log_checkpoint": _GROWING,
    "log_cosignature": _GROWING,
    # Details go with their retention; they are never changed.
    "log_detail": "SELECT, INSERT, DELETE",
    # Not the origin: only the owner can let a log go on after a loss.
    "log_head": f"{_GROWING}, UPDATE (size, frontier, last_t)",
    "log_leaf": _GROWING,
    "log_node": _GROWING,
    "log_pending": "SELECT, INSERT, DELETE",
    "log_sub": _GROWING,
    # Of SQLite alone.
    "log_sub_recent": "SELECT",
    "log_sub_run": "SELECT",
    "log_timestamp": _GROWING,
    "sent_receipt": _GROWING,
}
"""Rights on tables that the service may not change at will."""


def grant(settings: Settings, role: str) -> None:
    """Give an existing role exactly what the service needs, and take the rest away.

    Raises:
        Invalid: the database is not PostgreSQL, or the role is not its own.
        Unavailable: the database cannot be reached.
        DBAPIError: there is no such role, or the tables are not ours to give.
    """
    _carry_out(settings, role, gives=True)


def revoke(settings: Settings, role: str) -> None:
    """Take every right on the tables away from a role; see `grant` for the errors."""
    _carry_out(settings, role, gives=False)


def _carry_out(settings: Settings, role: str, *, gives: bool) -> None:
    if settings.is_sqlite:
        raise Invalid("store.no-roles", "SQLite knows no roles.")
    engine = create_engine(settings.database_url)
    try:
        with engine.begin() as connection:
            if role == engine.url.username:
                raise Invalid("store.role", "The service needs a role of its own.")
            for statement in _statements(connection, role, gives=gives):
                connection.exec_driver_sql(statement)
    except DRIVER_ERRORS as error:
        raise translated(error) from None
    finally:
        engine.dispose()


def _statements(connection: Connection, role: str, *, gives: bool) -> Iterator[str]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    name = quote(role)
    schema = quote(str(connection.dialect.default_schema_name))
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {name}"
    # Rights on single columns are not among those of the table.
    head = "SELECT, INSERT, UPDATE (id, size, frontier, last_t, origin)"
    yield f"REVOKE {head} ON log_head FROM {name}"
    if gives:
        for table in sorted(inspect(connection).get_table_names()):
            yield f"GRANT {_RIGHTS.get(table, _ALL)} ON {quote(table)} TO {name}"
        yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}"
