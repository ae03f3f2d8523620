"""Drills: was a backup restored and read, not long ago, and did it hold (S-08)."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection, func, select

from pds.bank.backup.tables import backup_drill
from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import TOKYO, Clock
from pds.core.rules import rule_values
from pds.keys.tables import kek_check

_EVERY: Final = rule_values.days("drill.every")
"""A bank that is younger owes no drill yet."""
_DRILL: Final = "Run `infobank backup FOLDER`, then `infobank drill FOLDER`."


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about drills."""
    yield Check("backup.drill", partial(_last, connection, clock.now()), _DRILL)


def _last(connection: Connection, now: datetime) -> str:
    newest = select(backup_drill).order_by(backup_drill.c.at.desc()).limit(1)
    found = connection.execute(newest).first()
    if found is None:
        began = connection.execute(select(func.min(kek_check.c.created_at))).scalar()
        if began is not None and now - began > _EVERY:
            raise Wrong("no backup was ever proven to be of use", _DRILL)
        return "no last drill yet; one is owed each quarter"
    day = found.at.astimezone(TOKYO).date().isoformat()
    if not found.is_good:
        raise Wrong(f"the last drill, on {day}, failed", _DRILL)
    if now - found.at > _EVERY:
        raise Wrong(f"the last drill was on {day}, more than a quarter ago", _DRILL)
    return f"last drill on {day}: {found.size} entries in {found.seconds} s"
