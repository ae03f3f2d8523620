"""Dumping PostgreSQL by its own tools, with a manifest of the very state dumped.

The manifest is read in a transaction whose snapshot is handed to pg_dump, so that both
see the same entries while others write. A dump is restored into an empty database as
one transaction.
"""

import os
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url

from pds.bank import private_files
from pds.bank.backup import manifest
from pds.bank.backup.chain import Point
from pds.bank.backup.manifest import DUMP, Manifest
from pds.bank.errors import DRIVER_ERRORS, translated
from pds.core.errors import Conflict, Invalid, NotFound, Unavailable
from pds.core.settings import Settings
from pds.keys.restoring import end_generations

DUMP_FILE: Final = "infobank.dump"
_HIDDEN: Final = "***"
_LONGEST: Final = 300
"""Characters of a tool's complaint that are shown."""
_IN_ADDRESS: Final = re.compile(r"(://)\S*@")
_NAMED: Final = re.compile(
    r"""(password\s*[=:]\s*)(?:'[^']*'|"[^"]*"|\S+)""", re.IGNORECASE
)


def back_up(settings: Settings, folder: Path, now: datetime) -> Manifest:
    """Dump the database into an empty folder; the service may be writing.

    Raises:
        NotFound: pg_dump is not installed.
        Unavailable: the database or pg_dump fails.
    """
    target = folder / DUMP_FILE
    private_files.make_private(target)
    try:
        found = _dump(settings, target, now)
    except DRIVER_ERRORS as error:
        target.unlink()
        raise translated(error) from None
    except BaseException:
        # Half a dump would keep the folder from being used again.
        target.unlink()
        raise
    found.write(folder / manifest.FILE)
    return found


def find(found: Manifest, point: Point) -> Manifest:
    """Return the manifest of a dump if its only state fits.

    Raises:
        NotFound: it does not.
    """
    if not point.fits(found):
        raise NotFound(
            "backup.no-such-point",
            f"The dump is of {found.created_at} with {found.size} entries. For another"
            " moment use the archived write-ahead log; see docs/operations.md.",
        )
    return found


def check(folder: Path, state: Manifest) -> None:
    """Check that the dump is the file that the manifest describes.

    Raises:
        Invalid: it is missing or was changed.
    """
    file = folder / DUMP_FILE
    if not file.is_file() or private_files.digest(file) != state.sha256:
        raise Invalid(
            "backup.changed", f"{file} is not the file that the manifest describes."
        )


def restore(settings: Settings, folder: Path, state: Manifest) -> None:
    """Restore a dump into the empty database of the settings.

    Raises:
        Invalid: the dump was changed, or does not hold what it says.
        Conflict: the database is not empty.
        NotFound: pg_restore is not installed.
        Unavailable: the database or pg_restore fails.
    """
    check(folder, state)
    engine = create_engine(settings.database_url)
    try:
        _check_empty(engine)
        _run(
            settings,
            "pg_restore",
            ("--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"),
            str((folder / DUMP_FILE).resolve()),
        )
        with engine.begin() as connection:
            state.check(connection)
            end_generations(connection)
    except DRIVER_ERRORS as error:
        raise translated(error) from None
    finally:
        engine.dispose()


def _dump(settings: Settings, target: Path, now: datetime) -> Manifest:
    engine = create_engine(settings.database_url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            _run(
                settings,
                "pg_dump",
                ("--format=custom", f"--snapshot={_snapshot(connection)}"),
                f"--file={target.resolve()}",
            )
            private_files.sync(target)
            return Manifest.of(DUMP, connection, target, now)
    finally:
        engine.dispose()


def _snapshot(connection: Connection) -> str:
    found = connection.exec_driver_sql("SELECT pg_export_snapshot()")
    return str(found.scalar_one())


def _check_empty(engine: Engine) -> None:
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise Conflict(
                "backup.database-exists",
                "The database holds tables. Make an empty one: it may be evidence.",
            )


def _run(settings: Settings, tool: str, options: tuple[str, ...], last: str) -> None:
    """Run a tool on the database; its own words go to the operator, no password.

    Raises:
        NotFound: it is not installed.
        Unavailable: it fails, or takes too long and was stopped.
    """
    program = shutil.which(tool)
    if program is None:
        raise NotFound(
            "backup.no-tool",
            f"{tool} is not installed. Install the client of PostgreSQL of the server's"
            " version (apt-get install postgresql-client).",
        )
    address = make_url(settings.database_url)
    plain = address.set(drivername="postgresql", password=None)
    secret = {} if address.password is None else {"PGPASSWORD": str(address.password)}
    try:
        done = subprocess.run(  # noqa: S603 - a tool of the machine, no shell
            [program, *options, "--dbname", plain.render_as_string(), last],
            env={**os.environ, **secret},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=settings.dump_seconds,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(
            "backup.tool-slow",
            f"{tool} took longer than {settings.dump_seconds} seconds and was stopped"
            " (INFOBANK_DUMP_SECONDS).",
        ) from None
    if done.returncode != 0:
        said = _scrubbed(done.stderr, address)
        raise Unavailable("backup.tool-failed", f"{tool} failed: {said}")


def _scrubbed(said: str, address: URL) -> str:
    """Return the first line of a complaint without passwords, however they came in.

    Further lines may quote statements and rows.
    """
    line = next(iter(said.strip().splitlines()), "it said nothing")
    password = str(address.password or "")
    for form in filter(
        None, (password, quote(password, safe=""), quote_plus(password))
    ):
        line = line.replace(form, _HIDDEN)
    line = _IN_ADDRESS.sub(rf"\g<1>{_HIDDEN}@", line)
    return _NAMED.sub(rf"\g<1>{_HIDDEN}", line)[:_LONGEST]
