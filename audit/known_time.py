"""The newest moment that is known to have come, against a clock that runs ahead.

What goes with its time goes for ever, so a clock that jumps must not end it (ADR 17).
Known is what the service itself saw go by in small steps, or what somebody outside
signed: a time stamp or a cosignature. The times of entries count for nothing here: a
clock that runs ahead writes them too.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, insert, select, update

from audit import cosignatures, timestamps
from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.tables import log_clock
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import Conflict

STEP: Final = timedelta(days=7)
"""How far the clock may be ahead of what is known and still be believed."""

CONFIRMED: Final = "clock.confirmed"
"""The action of the entry that tells of a clock that the operator vouched for."""


class ClockReason(StrEnum):
    """Why a clock is right although it is far ahead of what was known."""

    STANDSTILL = "standstill"
    RESTORED = "restored"
    CORRECTED = "corrected"


def begin(work: Work) -> None:
    """Begin to know the time, with the log."""
    work.connection.execute(insert(log_clock).values(id=1, at=work.now))


def known(connection: Connection) -> datetime | None:
    """Return the newest moment that is known to have come; None if nothing is known."""
    stamp, seen = timestamps.newest(connection), _seen(connection)
    found = [each.at for each in cosignatures.newest(connection)]
    if stamp is not None:
        found.append(stamp.at)
    if seen is not None:
        found.append(seen)
    return max(found, default=None)


def ahead(snap: Snapshot) -> timedelta:
    """Return how far the clock is ahead of what is known; negative if it is behind."""
    newest = known(snap.connection)
    return timedelta.max if newest is None else snap.now - newest


def is_ahead(snap: Snapshot) -> bool:
    """Say whether the clock is too far ahead to be believed."""
    return ahead(snap) > STEP


def require(snap: Snapshot) -> None:
    """Refuse what must not happen too early.

    Raises:
        Conflict: `clock.ahead`; the clock is too far ahead to be believed.
    """
    if is_ahead(snap):
        raise Conflict("clock.ahead", "The clock is ahead of every known moment.")


def advance(work: Work) -> None:
    """Note the present moment as known, unless it is too far ahead."""
    if not is_ahead(work):
        _note(work)


def confirm(work: Work, reason: ClockReason, *, actor: str) -> None:
    """Believe the clock as it stands, on the word of the operator; the log says so.

    Raises:
        Conflict: `clock.not-ahead`; there is nothing to vouch for.
    """
    if not is_ahead(work):
        raise Conflict("clock.not-ahead", "The clock is not ahead.")
    before = known(work.connection)
    said = {"to": work.now.isoformat()}
    if before is not None:
        said["from"] = before.isoformat()
    detail = {
        "actor": actor,
        "object": canonical(said).decode(),
        "reasons": f"{CONFIRMED} clock.{reason}",
    }
    work.log.record(Entry(type=EventType.POLICY_EVENT, detail=detail))
    if _seen(work.connection) is None:
        begin(work)
    _note(work)


def _seen(connection: Connection) -> datetime | None:
    return connection.execute(select(log_clock.c.at)).scalar()


def _note(work: Work) -> None:
    earlier = log_clock.c.at < work.now
    work.connection.execute(update(log_clock).where(earlier).values(at=work.now))
