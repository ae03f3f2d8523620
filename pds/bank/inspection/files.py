"""Folders, files, their permissions, and room on the disk."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from pds.bank.inspection.finding import Check, Wrong
from pds.core.key_settings import FILE
from pds.core.settings import Settings

_LEAST_FREE = 1 << 30
"""Bytes; a database that cannot grow refuses every act."""

_ASIDE = ("", "-wal", "-shm", ".lock")


def checks(settings: Settings) -> Iterator[Check]:
    """Yield the questions about files."""
    yield Check("files.keys", lambda: _keys(settings))
    yield Check("files.data", lambda: _data(settings))
    yield Check("files.disk", lambda: _room(settings))


def database_file(settings: Settings) -> Path:
    """Return where the embedded database lies."""
    return Path(str(make_url(settings.database_url).database))


def _keys(settings: Settings) -> str:
    folder, kind = settings.key_dir, settings.keys.key_provider
    _private(folder, 0o077, "0700")
    found = sorted(folder.glob("*.key"))
    for path in found:
        _private(path, 0o377, "0400")
    for path in folder.glob("*.json"):
        _private(path, 0o022, "0600")
    if kind != FILE:
        return _elsewhere(found, kind)
    if not found:
        raise Wrong(f"{folder} holds no key", "Put the key files back from their copy.")
    return f"{len(found)} key files, for nobody else"


def _elsewhere(left: list[Path], kind: str) -> str:
    if left:
        raise Wrong(
            f"{left[0].name} lies in the key folder, but the keys are with {kind}",
            "Overwrite and delete the key files that were moved there.",
        )
    return f"no key file; the keys are with {kind}"


def _data(settings: Settings) -> str:
    _private(settings.data_dir, 0o077, "0700")
    if not settings.is_sqlite:
        return "folder for nobody else"
    base = database_file(settings)
    if not base.exists():
        raise Wrong(
            f"there is no database at {base}",
            "Restore a backup, or start `infobank run` to begin a new one.",
        )
    for path in (Path(f"{base}{ending}") for ending in _ASIDE):
        if path.exists():
            _private(path, 0o077, "0600")
    return "folder and database for nobody else"


def _private(path: Path, loose: int, wanted: str) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise Wrong(f"{path} is missing", "Put it back from its copy.") from None
    mode = stat.S_IMODE(found.st_mode)
    if mode & loose:
        raise Wrong(f"{path} has mode {mode:04o}", f"chmod {wanted} {path}")
    if found.st_uid not in (os.geteuid(), 0):
        raise Wrong(f"{path} belongs to another account", f"chown it: {path}")


def _room(settings: Settings) -> str:
    free = min(
        shutil.disk_usage(folder).free
        for folder in (settings.data_dir, settings.key_dir)
    )
    if free < _LEAST_FREE:
        raise Wrong(f"{free >> 20} MiB are free", "Make room, or move the data.")
    return f"{free >> 30} GiB are free"
