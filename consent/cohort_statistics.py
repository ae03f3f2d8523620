"""Statistics that were made of a cohort, kept as they are and given under a budget."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert, select

from audit.work import Work
from consent.offers import Offer
from consent.policy import record_policy
from consent.statistics_tables import cohort_statistics
from pds.core.database import Snapshot

_c = cohort_statistics.c


def find(snap: Snapshot, offer_id: UUID, first: date) -> str | None:
    """Return what was made of a month; None if nothing was yet."""
    query = select(_c.body).where(_c.offer_id == offer_id, _c.month == _number(first))
    return snap.connection.scalar(query)


def keep(work: Work, offer: Offer, first: date, body: bytes) -> bool:
    """Keep what was made of a month and record it; once, False if it is there."""
    if find(work, offer.offer_id, first) is not None:
        return False
    row = {"offer_id": offer.offer_id, "month": _number(first), "made_at": work.now}
    statement = insert(cohort_statistics).values(**row, body=body.decode())
    work.connection.execute(statement)
    record_policy(
        work,
        "offer.statistics-made",
        actor="bank",
        recipient_id=offer.recipient_id,
        about=str(offer.offer_id),
    )
    return True


def _number(first: date) -> int:
    return first.year * 100 + first.month
