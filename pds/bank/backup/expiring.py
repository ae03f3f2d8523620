"""Deleting backups that are older than they must live.

What goes here is gone for ever, so it takes more than a clock: one that runs ahead
would make every backup look old (ADR 17). Whatever the clock says, the newest backup
stays, and nothing goes unless that one was read from the disk and is whole.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from audit import known_time
from pds.bank.backup import postgres, service
from pds.bank.backup.chain import Chain
from pds.bank.backup.manifest import DUMP, Manifest
from pds.bank.inspection import database
from pds.core.clock import Clock
from pds.core.errors import BankError, Conflict
from pds.core.settings import Settings


@dataclass(frozen=True, slots=True)
class _Kept:
    """A folder and the newest state in it."""

    folder: Path
    state: Manifest


@dataclass(frozen=True, slots=True)
class _View:
    """The live database at a moment."""

    connection: Connection
    now: datetime


def expire(settings: Settings, folder: Path, clock: Clock) -> list[Path]:
    """Delete the backups beside a folder that are older than they must live.

    Only folders whose newest readable state is of the same log are touched; never the
    folder itself, and never the newest of all.

    Raises:
        Invalid: the folder is no backup, or the newest backup is not whole.
        Conflict: `backup.clock-ahead`; the clock is too far ahead to be believed.
    """
    mine = _Kept(folder.resolve(), service.find(folder))
    beside = list(_beside(mine))
    newest = max([mine, *beside], key=lambda each: each.state.moment)
    days = settings.keys.backup_days
    old = [
        each.folder
        for each in beside
        if each != newest and (clock.now() - each.state.moment).days >= days
    ]
    if old:
        _require_known_time(settings, clock)
        _require_whole(newest)
    for each in old:
        shutil.rmtree(each)
    return old


def _beside(mine: _Kept) -> Iterator[_Kept]:
    """Yield the other backups of the same log, by name."""
    for each in sorted(mine.folder.parent.iterdir()):
        if each == mine.folder or not each.is_dir() or each.is_symlink():
            continue
        try:
            found = service.find(each)
        except BankError:
            continue
        if found.origin == mine.state.origin:
            yield _Kept(each, found)


def _require_known_time(settings: Settings, clock: Clock) -> None:
    with database.opened(settings) as connection:
        is_ahead = known_time.is_ahead(_View(connection, clock.now()))
    if is_ahead:
        raise Conflict(
            "backup.clock-ahead",
            "The clock is ahead of every known moment, so nothing was deleted; see"
            " 'End of details' in docs/operations.md.",
        )


def _require_whole(newest: _Kept) -> None:
    """Read the newest backup, whole."""
    if newest.state.format == DUMP:
        postgres.check(newest.folder, newest.state)
    else:
        Chain(newest.folder).check(newest.state)
