"""The database: can it be read, at which step is its schema, is it whole?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import Engine

from pds.bank import schema
from pds.bank.inspection.files import database_file
from pds.bank.inspection.finding import Check, Wrong
from pds.core.database import is_sqlite, open_engine
from pds.core.settings import Settings

_SAFE = {"fsync": ("on",), "full_page_writes": ("on",)}
_SAFE_COMMITS = ("on", "remote_apply", "remote_write", "local")
_RESTORE = "Stop the service and restore a backup."


@contextmanager
def opened(settings: Settings) -> Iterator[Connection]:
    """Open the database so that nothing can be written to it."""
    engine = _read_only(settings)
    try:
        with engine.connect() as connection:
            if settings.is_sqlite:
                # One state for all questions, while the service goes on writing.
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def _read_only(settings: Settings) -> Engine:
    if not settings.is_sqlite:
        patience = settings.database_seconds
        return open_engine(settings.database_url, writer=False, patience=patience)
    # A plain connection would make a missing file, and tidy up after a crash.
    path = database_file(settings)
    # At rest there is no write-ahead file, and none is to be made by looking.
    at_rest = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    return create_engine(f"sqlite:///file:{path}?mode=ro{at_rest}&uri=true")


def checks(connection: Connection, *, full: bool) -> Iterator[Check]:
    """Yield the questions about the database."""
    yield Check("database.schema", lambda: _schema(connection))
    if is_sqlite(connection):
        yield Check("database.durable", lambda: _write_ahead(connection))
        yield Check("database.whole", lambda: _whole(connection, full=full), _RESTORE)
    else:
        yield Check("database.durable", lambda: _flushed(connection))


def _schema(connection: Connection) -> str:
    schema.check_current(connection)
    return "at the newest step"


def _write_ahead(connection: Connection) -> str:
    # `synchronous` belongs to each connection; the writer sets it when it opens.
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode not in ("wal", "delete"):
        raise Wrong(f"journal mode {mode}", "Start the service; it sets WAL.")
    return f"journal mode {mode}"


def _whole(connection: Connection, *, full: bool) -> str:
    pragma = "integrity_check" if full else "quick_check"
    said = connection.exec_driver_sql(f"PRAGMA {pragma}(1)").scalar()
    if said != "ok":
        raise Wrong("pages are damaged", _RESTORE)
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise Wrong("rows point at rows that are gone", _RESTORE)
    return f"{pragma} and foreign keys hold"


def _flushed(connection: Connection) -> str:
    for name, allowed in {**_SAFE, "synchronous_commit": _SAFE_COMMITS}.items():
        value = connection.execute(text(f"SHOW {name}")).scalar()
        if value not in allowed:
            raise Wrong(
                f"{name} is {value}: what was acknowledged could be lost",
                f"Set {name} = on in the server's configuration.",
            )
    return "commits are flushed"
