"""Copying SQLite while it is in use, and putting a copy back.

SQLite itself makes each copy, as one snapshot through the write-ahead log: a
checkpoint, a restart or a torn frame of that log cannot get into it. A step keeps of
the copy only the pages that differ from the state before.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Final

from sqlalchemy import create_engine

from audit import store
from audit.errors import VerificationError
from pds.bank import private_files
from pds.bank.backup import manifest
from pds.bank.backup.chain import FULL_COPY, Chain
from pds.bank.backup.manifest import FULL, STEP, Manifest
from pds.bank.backup.pages import write_changes
from pds.bank.file_lock import FileLock
from pds.bank.inspection import database
from pds.bank.inspection.files import database_file
from pds.core.clock import Clock
from pds.core.errors import Conflict, NotFound
from pds.core.settings import Settings
from pds.keys.restoring import end_generations

_ASIDE: Final = ("", "-wal", "-shm", "-journal")
_COPY, _CHANGES = ".copy.draft", ".changes.draft"
_PATIENCE: Final = 1.0


def back_up(settings: Settings, folder: Path, now: datetime) -> Manifest:
    """Copy the database into an empty folder; the service may be writing.

    Raises:
        NotFound: there is no database.
    """
    target = folder / FULL_COPY
    _copy(settings, target)
    with database.opened(pointing_at(settings, target)) as connection:
        found = Manifest.of(FULL, connection, target, now)
    found.write(folder / manifest.FILE)
    return found


def go_on(settings: Settings, folder: Path, clock: Clock) -> Manifest:
    """Add what changed since the newest state; return that state, or the new one.

    Raises:
        Invalid: the folder is no backup, or was changed.
        Conflict: the full copy is too old, or is of another log.
        Unavailable: another process adds to the folder.
        NotFound: there is no database.
    """
    with _alone(folder, clock):
        chain, now = Chain(folder), clock.now()
        _check_age(settings, chain, now)
        copy, changes = folder / _COPY, folder / _CHANGES
        # What a kill left.
        _forget(copy, changes)
        try:
            _copy(settings, copy)
            state = _described(settings, chain, copy, now)
            if state.sha256 == chain.newest.sha256:
                return chain.newest
            private_files.make_private(changes)
            with chain.opened(chain.newest) as before, changes.open("r+b") as out:
                write_changes(before, copy, out)
            chain.add(changes, state)
        finally:
            _forget(copy, changes)
        return state


def check(settings: Settings, state: Manifest, file: Path) -> None:
    """Check that a database file is what a manifest describes.

    Raises:
        Invalid: it is not.
    """
    with database.opened(pointing_at(settings, file)) as connection:
        state.check(connection)


def restore(settings: Settings, chain: Chain, state: Manifest) -> None:
    """Put a state where the database belongs; nothing is written over.

    Raises:
        Invalid: the backup was changed.
        Conflict: there is a database already.
    """
    target = database_file(settings)
    for ending in _ASIDE:
        if Path(f"{target}{ending}").exists():
            raise Conflict(
                "backup.database-exists",
                f"{target}{ending} is there. Move it away; it may be evidence.",
            )
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    draft.unlink(missing_ok=True)
    try:
        chain.write_to(state, draft)
        check(settings, state, draft)
        _end_generations(draft)
        private_files.publish(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def pointing_at(settings: Settings, path: Path) -> Settings:
    """Return the settings with another database file."""
    return replace(settings, database_url=f"sqlite:///{path.resolve()}")


def _copy(settings: Settings, target: Path) -> None:
    source = database_file(settings)
    if not source.exists():
        raise NotFound("backup.no-database", f"There is no database at {source}.")
    private_files.make_private(target)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        # One step holds one snapshot, so that a busy writer cannot make it begin again.
        original.backup(copy, pages=-1)
        # A copy at rest is one file.
        copy.execute("PRAGMA journal_mode=DELETE")
    private_files.sync(target)


def _described(settings: Settings, chain: Chain, copy: Path, now: datetime) -> Manifest:
    """Describe a copy that continues the log of the newest state."""
    before = chain.newest
    with database.opened(pointing_at(settings, copy)) as connection:
        state = Manifest.of(STEP, connection, copy, now)
        try:
            root = store.root_at(connection, before.size).hex()
        except VerificationError:
            root = ""
    if state.size < before.size or root != before.root:
        raise Conflict(
            "backup.other-log",
            "The log does not continue the one of the backup. Begin a new folder, and"
            " keep this one: it may be evidence.",
        )
    return state


def _check_age(settings: Settings, chain: Chain, now: datetime) -> None:
    """Refuse to feed a backup that should be deleted: what is erased must end in it."""
    days = settings.keys.backup_days
    if (now - chain.states[0].moment).days >= days:
        raise Conflict(
            "backup.too-old",
            f"The full copy is {days} days old or older (INFOBANK_BACKUP_DAYS). Begin a"
            " new folder.",
        )


@contextmanager
def _alone(folder: Path, clock: Clock) -> Iterator[None]:
    manifest.read(folder / manifest.FILE)
    path = folder / ".lock"
    lock = FileLock(path, patience=_PATIENCE, clock=clock, pause=sleep)
    try:
        with lock.held():
            yield
    finally:
        lock.close()


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _end_generations(path: Path) -> None:
    """Let every key be followed by a new generation before it seals again."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        end_generations(connection)
    engine.dispose()
