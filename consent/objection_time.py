"""How much time really passed for persons to object in, whatever the clock says (D-11).

A clock that jumps by hours is believed (ADR 17), but it must not cut the time to object
short. So time is counted by the monotonic clock of one process, in one row. An
announcement counts from the first beat after it, and is due once that much was counted
since, and not before its moment by the clock either::

    announced ─► beat: counted from here ─► beat ─► … ─► counted enough ─► due

Counted is only what lies between two beats of one process with no other's beat between
them. A process that dies leaves the row to another after `LEASE`; what lies between is
not counted. Kills, standstills, two processes and jumps in either direction can thus
only make the time longer than was promised.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update

from audit.work import Work
from consent.judgement_tables import judgement, objection_time
from pds.core.database import Snapshot

LEASE: Final = timedelta(minutes=5)
"""After this, by the clock, another process may count on."""
_t = objection_time.c


@dataclass(frozen=True, slots=True)
class Beat:
    """The last beat of a process, as far as it knows.

    Attributes:
        number: of the beat, in the row.
        at: when it was, in seconds of the process's monotonic clock.
    """

    number: int
    at: float


def counted(snap: Snapshot) -> int:
    """Return the milliseconds counted so far; 0 before the first beat."""
    return snap.connection.execute(select(_t.counted)).scalar() or 0


def beat(
    work: Work, holder: UUID, last: Beat | None, monotonic: Callable[[], float]
) -> Beat | None:
    """Count on, and begin to count for what was announced since the last beat.

    The caller keeps the beat only once the unit of work has committed.

    Args:
        work: one unit of work.
        holder: the process.
        last: its last beat, None before the first.
        monotonic: seconds on a clock of the process that never goes back.

    Returns:
        The beat; None where another process counts.
    """
    now = monotonic()
    found = work.connection.execute(select(objection_time)).one_or_none()
    if found is None:
        first = {"id": 1, "holder": holder, "beat": 1, "counted": 0, "at": work.now}
        work.connection.execute(insert(objection_time).values(first))
        return _begun(work, 1, 0, monotonic)
    is_mine = found.holder == holder
    age: timedelta = work.now - found.at
    if not is_mine and timedelta(0) <= age < LEASE:
        return None
    passed = 0
    if is_mine and last is not None and last.number == found.beat:
        passed = int((now - last.at) * 1000)
    values = {"holder": holder, "beat": found.beat + 1, "at": work.now}
    done = work.connection.execute(
        update(objection_time)
        .where(_t.beat == found.beat)
        .values(counted=found.counted + passed, **values)
    )
    if not done.rowcount:
        return None
    return _begun(work, found.beat + 1, found.counted + passed, monotonic)


def _begun(work: Work, number: int, total: int, monotonic: Callable[[], float]) -> Beat:
    work.connection.execute(
        update(judgement)
        .where(judgement.c.state == "announced", judgement.c.counted_from.is_(None))
        .values(counted_from=total)
    )
    # Read after the announcements were: what lies between is counted for none of them.
    return Beat(number, monotonic())
