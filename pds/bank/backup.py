"""Backups of the embedded database, taken while it is in use, and their way back.

A backup is a folder with one database file and a manifest that says what the file must
hold: its digest, the schema's step, size and root of its log. It holds no keys: whoever
takes the backups must not be able to read them. Copy the key folder once per key, to
another place.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from audit.head import read_head
from pds.bank.inspection import database, log
from pds.bank.inspection.files import database_file
from pds.bank.inspection.finding import Finding, findings
from pds.core.clock import Clock
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.settings import Settings
from pds.keys.restoring import end_generations

FILE: Final = "infobank.db"
MANIFEST: Final = "manifest.json"
_FORMAT: Final = "infobank-backup/1"
_ASIDE: Final = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds.

    Attributes:
        format: `infobank-backup/1`.
        created_at: when the copy was begun, RFC 3339.
        sha256: digest of the database file, hex.
        bytes: its length.
        schema: step of its schema.
        origin: name of its log.
        size: entries of its log.
        root: root of its log, hex.
        keys: always `not included`.
    """

    format: str
    created_at: str
    sha256: str
    bytes: int
    schema: str
    origin: str
    size: int
    root: str
    keys: str = "not included"


def back_up(settings: Settings, folder: Path, now: datetime) -> Manifest:
    """Copy the database into an empty or absent folder; the service may be writing.

    Raises:
        Invalid: the database is not SQLite.
        Conflict: the folder is not empty.
        NotFound: there is no database.
    """
    source = _source(settings)
    if not source.exists():
        raise NotFound("backup.no-database", f"There is no database at {source}.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Conflict("backup.not-empty", f"{folder} is not empty.")
    target = folder / FILE
    _make_private(target)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        # One step holds one snapshot, so that a busy writer cannot make it begin again.
        original.backup(copy, pages=-1)
        # A copy at rest is one file.
        copy.execute("PRAGMA journal_mode=DELETE")
    _sync(target)
    manifest = _describe(settings, target, now)
    _write(folder / MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
    return manifest


def check(settings: Settings, folder: Path) -> Manifest:
    """Return the manifest of a backup whose file is what the manifest says.

    Raises:
        Invalid: it is no backup, or was changed.
    """
    manifest, file = _read(folder), folder / FILE
    if not file.is_file() or _digest(file) != manifest.sha256:
        raise Invalid(
            "backup.changed", f"{file} is not the file that the manifest describes."
        )
    found = _describe(settings, file, datetime.fromisoformat(manifest.created_at))
    if found != manifest:
        raise Invalid("backup.changed", "The manifest does not describe its database.")
    return manifest


def inspect_copy(settings: Settings, folder: Path, clock: Clock) -> list[Finding]:
    """Ask the doctor's questions about pages and log of a backup, every entry read."""
    copied = _pointing_at(settings, folder / FILE)
    mark = log.kept_mark(settings.key_dir)
    with database.opened(copied) as connection:
        about = [
            *findings(database.checks(connection, full=True)),
            *findings(log.checks(connection, copied, clock, mark, full=True)),
        ]
    # A copy is older than the log that goes on; only a restored one must be newest.
    return [each for each in about if each.name != "log.mark"]


def restore(settings: Settings, folder: Path) -> Manifest:
    """Put a checked backup where the database belongs; nothing is written over.

    Raises:
        Invalid: it is no backup, or was changed; or the database is not SQLite.
        Conflict: there is a database already.
    """
    target = _source(settings)
    manifest = check(settings, folder)
    for ending in _ASIDE:
        if Path(f"{target}{ending}").exists():
            raise Conflict(
                "backup.database-exists",
                f"{target}{ending} is there. Move it away; it may be evidence.",
            )
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    draft.unlink(missing_ok=True)
    _make_private(draft)
    with (folder / FILE).open("rb") as copy, draft.open("r+b") as file:
        shutil.copyfileobj(copy, file, 1 << 20)
    _end_generations(draft)
    _sync(draft)
    draft.rename(target)
    _sync(target.parent)
    return manifest


def _end_generations(path: Path) -> None:
    """Let every key be followed by a new generation before it seals again."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        end_generations(connection)
    engine.dispose()


def _source(settings: Settings) -> Path:
    if not settings.is_sqlite:
        raise Invalid(
            "backup.not-sqlite",
            "This command copies SQLite. Use pg_dump or pg_basebackup, as"
            " docs/operations.md says, and check the copy with `infobank doctor`.",
        )
    return database_file(settings)


def _pointing_at(settings: Settings, path: Path) -> Settings:
    return replace(settings, database_url=f"sqlite:///{path.resolve()}")


def _describe(settings: Settings, path: Path, now: datetime) -> Manifest:
    with database.opened(_pointing_at(settings, path)) as connection:
        head, step = read_head(connection), _step(connection)
    return Manifest(
        format=_FORMAT,
        created_at=now.isoformat(timespec="seconds"),
        sha256=_digest(path),
        bytes=path.stat().st_size,
        schema=step,
        origin=head.origin,
        size=head.size,
        root=head.root().hex(),
    )


def _step(connection: Connection) -> str:
    return str(MigrationContext.configure(connection).get_current_revision())


def _read(folder: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
        datetime.fromisoformat(manifest.created_at)
    except (OSError, ValueError, TypeError):
        raise Invalid(
            "backup.no-manifest", f"{folder} holds no readable {MANIFEST}."
        ) from None
    if manifest.format != _FORMAT:
        raise Invalid("backup.format", "This program does not know the backup's form.")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_private(path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    os.close(os.open(path, flags, 0o600))


def _write(path: Path, content: str) -> None:
    _make_private(path)
    path.write_text(content)
    _sync(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
