"""Which announcements nobody can object to any more: their whole time has passed.

It is over by the clock and by what really passed (`consent.objection_time`), whichever
comes later, so that it is never shorter than the person was told.
"""

from datetime import datetime

from sqlalchemy import BigInteger, func, select, type_coerce

from consent import judgements, objection_time
from consent.judgement_tables import judgement
from consent.judgements import JudgementState, KeptJudgement
from pds.core.clock import to_millis
from pds.core.database import Snapshot

_c = judgement.c
_WAITS = _c.state == JudgementState.ANNOUNCED.value


def due(snap: Snapshot, *, limit: int) -> list[KeptJudgement]:
    """Return announcements whose time to object is over, longest due first."""
    promised = type_coerce(_c.due_at, BigInteger) - type_coerce(_c.made_at, BigInteger)
    is_counted = _c.counted_from + promised <= objection_time.counted(snap)
    query = (
        select(judgement)
        .where(_WAITS, _c.due_at <= snap.now, is_counted)
        .order_by(_c.due_at)
        .limit(limit)
    )
    return [judgements.read(row) for row in snap.connection.execute(query)]


def is_over(snap: Snapshot, found: KeptJudgement) -> bool:
    """Say whether the time to object to an announcement is over."""
    if found.due_at is None or found.counted_from is None or snap.now < found.due_at:
        return False
    promised = to_millis(found.due_at) - to_millis(found.made_at)
    return found.counted_from + promised <= objection_time.counted(snap)


def waiting_since(snap: Snapshot, moment: datetime) -> int:
    """Return how many announcements wait whose time by the clock ended before then."""
    query = select(func.count()).where(_WAITS, _c.due_at < moment)
    return snap.connection.execute(query).scalar() or 0


def any_waits(snap: Snapshot) -> bool:
    """Say whether anybody can still object to anything."""
    query = select(_c.judgement_id).where(_WAITS).limit(1)
    return snap.connection.execute(query).first() is not None
