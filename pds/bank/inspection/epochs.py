"""Epochs of the key-encryption key: do erased keys die in backups as promised?"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock
from pds.core.settings import Settings
from pds.keys import versions

_PATIENCE = timedelta(days=1)
_ROTATE = "Run `infobank keys rotate` and `infobank keys rewrap`."
_RETIRE = "Run `infobank keys rewrap`, then `infobank keys retire` for each."


def checks(connection: Connection, settings: Settings, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about epochs."""
    yield Check("keys.epoch", partial(_kept, connection, settings, clock), _ROTATE)


def _kept(connection: Connection, settings: Settings, clock: Clock) -> str:
    days = settings.keys
    epochs = versions.epochs(days.erasure_days, days.backup_days)
    known, late = versions.history(connection), clock.now() - _PATIENCE
    if not known:
        return "no version yet"
    due = epochs.next_due(known)
    if due < late:
        raise Wrong(f"a new version was due on {due.date().isoformat()}", _ROTATE)
    overdue = [
        str(each.version)
        for each in known[:-1]
        if each.retired_at is None and epochs.planned_end(known, each) < late
    ]
    if overdue:
        names = ", ".join(overdue)
        raise Wrong(f"versions {names} should have been destroyed", _RETIRE)
    return f"version {known[-1].version} until {due.date().isoformat()}"
