"""Clearing the database's own files of what was deleted.

SQLite overwrites deleted rows (`secure_delete`), but its write-ahead log holds older
pages until it is checkpointed and cut off. PostgreSQL frees dead rows at VACUUM and
overwrites them when the room is used again; its write-ahead log keeps them until its
segments are recycled. What either cannot do at once is done by the end of the
key-encryption key under which erased keys were wrapped.
"""

from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Final

from sqlalchemy import Engine, create_engine, make_url

from pds.bank.errors import DRIVER_ERRORS, translated
from pds.bank.file_lock import FileLock
from pds.core import limited
from pds.core.clock import Clock
from pds.core.settings import Settings

_PATIENCE: Final = 2.0
"""Seconds to wait for another process's batch."""
_READERS: Final = 500
"""Milliseconds to wait for readers of older pages; the writer waits meanwhile."""
_TABLES: Final = (
    "owner_key_wrap",
    "account",
    "vault_record",
    "raw_original",
    "consent_event",
)


def clear(settings: Settings, clock: Clock) -> bool:
    """Clear the files; say whether it was done, or has to be tried again.

    Raises:
        Unavailable: the database cannot be reached.
    """
    try:
        if settings.is_sqlite:
            return _cut(settings, clock)
        _vacuum(settings)
    except DRIVER_ERRORS as error:
        raise translated(error) from None
    return True


def _cut(settings: Settings, clock: Clock) -> bool:
    """Write the whole log into the database and cut it off, writers kept away."""
    path = Path(f"{make_url(settings.database_url).database}.lock")
    lock = FileLock(path, patience=_PATIENCE, clock=clock, pause=sleep)
    engine = create_engine(settings.database_url)
    try:
        with lock.held(), closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_READERS}")
            (is_busy, *_pages) = cursor.execute(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            ).fetchone()
            return not is_busy
    finally:
        engine.dispose()
        lock.close()


def _vacuum(settings: Settings) -> None:
    # A role that does not own the tables is warned, not refused; the owner's
    # autovacuum does the same later.
    # It may take long, but not for ever where the network is lost.
    engine: Engine = create_engine(
        settings.database_url,
        isolation_level="AUTOCOMMIT",
        connect_args=limited.arguments("", None, writer=True),
    )
    try:
        with engine.connect() as connection:
            for table in _TABLES:
                connection.exec_driver_sql(f"VACUUM {table}")
    finally:
        engine.dispose()
