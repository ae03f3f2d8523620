"""The database schema: bring it to the newest step, or say that it is not."""

import os
import sqlite3
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url

import migrations
from migrations import losses
from pds.core.errors import Conflict, Unavailable


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database at a URL to a step; `head` is the newest."""
    _move(url, to, command.upgrade)


def downgrade(url: str, to: str) -> None:
    """Take the database at a URL back to a step; `base` is empty.

    Raises:
        Conflict: `store.would-lose`; a step would delete what nothing makes again. The
            steps before it were taken, that one was not.
    """
    try:
        _move(url, to, command.downgrade)
    except losses.LossError as error:
        raise Conflict("store.would-lose", str(error)) from None


def _move(url: str, to: str, direction: object) -> None:
    _make_private(url)
    assert callable(direction)  # noqa: S101 - narrows alembic's untyped functions
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _make_steps_whole(engine)
    try:
        with engine.connect() as connection:
            direction(_config(connection), to)
            connection.commit()
    finally:
        engine.dispose()


def _make_steps_whole(engine: Engine) -> None:
    """Let a step that fails leave nothing: the driver alone would begin it too late."""

    @event.listens_for(engine, "connect")
    def _leave_it_to_us(driver: sqlite3.Connection, _record: object) -> None:
        driver.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@cache
def _newest() -> str | None:
    """Return the step that this program was written for; it is part of the program."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _make_private(url: str) -> None:
    """Make SQLite's file for nobody else; what SQLite puts beside it follows it."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        os.close(os.open(address.database, flags, 0o600))


def check_current(connection: Connection) -> None:
    """Check that the schema is the one this program was written for.

    Raises:
        Unavailable: `infobank db upgrade` has to be run first, or the database was
            written by a newer program.
    """
    wanted = _newest()
    found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        raise Unavailable(
            "store.schema",
            f"The database is at schema {found}, this program needs {wanted};"
            " run `infobank db upgrade`.",
        )
