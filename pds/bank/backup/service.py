"""Backups of either database: taking, continuing, checking, restoring."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pds.bank.backup import manifest, postgres, sqlite
from pds.bank.backup.chain import NEWEST, Chain, Point
from pds.bank.backup.manifest import DUMP, Manifest
from pds.bank.inspection import database, log
from pds.bank.inspection.finding import Finding, findings
from pds.core.clock import Clock
from pds.core.errors import Conflict, Invalid
from pds.core.settings import Settings


def back_up(settings: Settings, folder: Path, clock: Clock) -> Manifest:
    """Copy the database into an empty or absent folder; the service may be writing.

    Raises:
        Conflict: the folder is not empty.
        NotFound: there is no database, or a tool of PostgreSQL is missing.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Conflict("backup.not-empty", f"{folder} is not empty.")
    if settings.is_sqlite:
        return sqlite.back_up(settings, folder, clock.now())
    return postgres.back_up(settings, folder, clock.now())


def go_on(settings: Settings, folder: Path, clock: Clock) -> Manifest:
    """Add to a backup what changed since; return its newest state.

    Raises:
        Invalid: the folder is no backup or was changed, or the database is PostgreSQL.
        Conflict: the full copy is too old, or is of another log.
    """
    if not settings.is_sqlite:
        raise Invalid(
            "backup.not-sqlite",
            "PostgreSQL ships its own write-ahead log; docs/operations.md says how.",
        )
    return sqlite.go_on(settings, folder, clock)


def find(folder: Path, point: Point = NEWEST) -> Manifest:
    """Return the newest state of a backup that fits.

    Raises:
        Invalid: it is no backup.
        NotFound: it holds no such state.
    """
    found = manifest.read(folder / manifest.FILE)
    if found.format != DUMP:
        return Chain(folder).find(point)
    return postgres.find(found, point)


@contextmanager
def unpacked(settings: Settings, folder: Path, state: Manifest) -> Iterator[Settings]:
    """Give settings that lead to a copy of a state of SQLite, in a place that goes.

    Raises:
        Invalid: the backup was changed.
    """
    with TemporaryDirectory(prefix="infobank-backup-") as place:
        file = Path(place) / "infobank.db"
        Chain(folder).write_to(state, file)
        sqlite.check(settings, state, file)
        yield sqlite.pointing_at(settings, file)


def inspect_copy(settings: Settings, folder: Path, clock: Clock) -> list[Finding]:
    """Ask the doctor's questions about pages and log of the newest state.

    Every page and entry is read. Of a dump only the digest is checked: what it holds
    has to be restored to be read, which is what the drill does.

    Raises:
        Invalid: it is no backup, or was changed.
    """
    state = find(folder)
    if state.format == DUMP:
        postgres.check(folder, state)
        return []
    mark = log.kept_mark(settings.key_dir)
    with (
        unpacked(settings, folder, state) as copied,
        database.opened(copied) as connection,
    ):
        about = [
            *findings(database.checks(connection, full=True)),
            *findings(log.checks(connection, copied, clock, mark, full=True)),
        ]
    # A copy is older than the log that goes on; only a restored one must be newest.
    return [each for each in about if each.name != "log.mark"]


def restore(settings: Settings, folder: Path, point: Point = NEWEST) -> Manifest:
    """Put a state where the database belongs; nothing is written over.

    Raises:
        Invalid: it is no backup, was changed, or is of another kind of database.
        Conflict: there is a database already, or it is not empty.
        NotFound: the backup holds no such state.
    """
    state = find(folder, point)
    if settings.is_sqlite == (state.format == DUMP):
        raise Invalid(
            "backup.other-database",
            "The backup is of another kind of database than INFOBANK_DATABASE_URL.",
        )
    if settings.is_sqlite:
        sqlite.restore(settings, Chain(folder), state)
    else:
        postgres.restore(settings, folder, state)
    return state
