"""How workers take what is in the outbox, and settle what they took.

A lease is an id of the worker's own and an end. Whoever settles names it, so that of
two workers, one of which was thought to be dead, one settles. A lease or a wait that
lies further ahead than any can is that of a clock that ran ahead, and counts for
nothing; a jump forward gives nothing up by itself, since that takes a number of
attempts as well (`consent.retrying`).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from audit.work import Work
from consent import retrying
from consent.outbox import Entered, OutboxKind, OutboxState, is_row, read
from consent.outbox_tables import outbox
from pds.core.database import Snapshot

LEASE: Final = timedelta(minutes=5)
"""How long a worker has for what it took."""
_c = outbox.c


def any_due(snap: Snapshot, kind: OutboxKind) -> bool:
    """Say whether a worker would find something to take."""
    query = select(_c.outbox_id).where(*_due(snap, kind)).limit(1)
    return snap.connection.execute(query).first() is not None


def take(work: Work, kind: OutboxKind, *, limit: int, of_one: int) -> list[Entered]:
    """Take what is due, longest due first, under a lease of this worker's own.

    Args:
        work: the unit of work.
        kind: by which way it goes.
        limit: how many rows at most.
        of_one: how many of one target, so that none keeps the others waiting.
    """
    place = func.row_number().over(
        partition_by=(_c.recipient_id, _c.client_id), order_by=_c.due_at
    )
    ranked = select(_c.owner_id, _c.outbox_id, place.label("place"))
    first = ranked.where(*_due(work, kind)).subquery()
    query = (
        select(outbox)
        .join(
            first,
            and_(first.c.owner_id == _c.owner_id, first.c.outbox_id == _c.outbox_id),
        )
        .where(*_due(work, kind), first.c.place <= of_one)
        .order_by(_c.due_at)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    )
    found = [read(row) for row in work.connection.execute(query)]
    return [_leased(work, each) for each in found]


def sent(work: Work, taken: Entered) -> bool:
    """Note that it was told, and empty it; False if the lease is another's by now."""
    return _settle(
        work, taken, state=OutboxState.SENT, failure="", settled=True, emptied=True
    )


def give_up(work: Work, taken: Entered, failure: str) -> bool:
    """Give it up at once, since no attempt can change what is wrong."""
    return _settle(work, taken, state=OutboxState.DEAD, failure=failure, settled=True)


def failed(work: Work, taken: Entered, failure: str, period: timedelta) -> bool:
    """Note an attempt that failed, and wait, or give it up when it took too long.

    Args:
        work: the unit of work.
        taken: what was tried.
        failure: code of what went wrong.
        period: how long it is tried.

    Returns:
        Whether it was given up now.
    """
    attempts = taken.attempts + 1
    if retrying.is_given_up(taken.put_at, attempts, work.now, period):
        return give_up(work, taken, failure)
    due_at = work.now + retrying.wait(taken.outbox_id, attempts)
    _settle(work, taken, state=OutboxState.WAITING, failure=failure, due_at=due_at)
    return False


def _due(snap: Snapshot, kind: OutboxKind) -> tuple[ColumnElement[bool], ...]:
    now = snap.now
    return (
        _c.kind == kind.value,
        _c.state == OutboxState.WAITING.value,
        or_(_c.due_at <= now, _c.due_at > now + retrying.LONGEST),
        or_(
            _c.leased_until.is_(None),
            _c.leased_until <= now,
            _c.leased_until > now + LEASE,
        ),
    )


def _leased(work: Work, found: Entered) -> Entered:
    lease = work.ids.new()
    work.connection.execute(
        update(outbox)
        .where(*is_row(found))
        .values(lease=lease, leased_until=work.now + LEASE)
    )
    return replace(found, lease=lease)


def _settle(
    work: Work,
    taken: Entered,
    *,
    state: OutboxState,
    failure: str,
    due_at: datetime | None = None,
    settled: bool = False,
    emptied: bool = False,
) -> bool:
    changed: dict[str, Any] = {
        "state": state.value,
        "failure": failure,
        "attempts": taken.attempts + 1,
        "lease": None,
        "leased_until": None,
    }
    if due_at is not None:
        changed["due_at"] = due_at
    if settled:
        changed["settled_at"] = work.now
    if emptied:
        changed["envelope"] = b""
    done = work.connection.execute(
        update(outbox)
        .where(
            *is_row(taken),
            _c.state == OutboxState.WAITING.value,
            _c.lease == taken.lease,
        )
        .values(changed)
    )
    return bool(done.rowcount)
