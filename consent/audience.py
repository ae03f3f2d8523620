"""How many persons an offer could be answered by, before anybody is known (R-15).

The numbers are of each kind of data alone, counted once a day, rounded down, and
nothing below the threshold is said. So the estimate is a lower bound, and asking twice
on one day says nothing new. What an attacker would try: many offers that differ in one
kind, to subtract them. Kinds are never combined, the budget of a recipient ends after a
few estimates a day, and each one is in the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from audit.work import Work
from consent import offers
from consent.audience_tables import audience_query, category_population
from consent.policy import record_policy
from pds.core.clock import TOKYO, tokyo_day
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.rules import rule_values
from pds.core.vocabulary import categories

_THRESHOLD: Final = "audience.threshold"
_QUERIES: Final = "audience.queries-per-day"


def threshold(now: datetime) -> int:
    """Return below how many persons nothing is said on a day (k)."""
    return _value(_THRESHOLD, now)


def queries_per_day(now: datetime) -> int:
    """Return how many estimates one recipient gets on a day of Asia/Tokyo."""
    return _value(_QUERIES, now)


def _value(name: str, now: datetime) -> int:
    return rule_values.get(name, now.astimezone(TOKYO).date()).value


@dataclass(frozen=True, slots=True)
class Audience:
    """An estimate.

    Attributes:
        least: at least so many persons have data of some kind that is asked for, a
            multiple of the threshold; 0 says fewer than the threshold.
        counted_at: when the persons were counted; None before the first count.
        left: estimates that are left for the recipient today.
        threshold: below how many persons nothing is said today.
    """

    least: int
    counted_at: datetime | None
    left: int
    threshold: int


def rounded(persons: int, least: int) -> int:
    """Return a number that may be said: a multiple of the threshold; pure."""
    return persons // least * least


def estimate(work: Work, offer_id: UUID, *, actor: str) -> Audience:
    """Estimate the audience of an offer, count the query, and record it.

    Raises:
        NotFound: `offer.unknown`.
        Conflict: `audience.budget`; the day's estimates for the recipient were made.
    """
    offer = offers.get(work, offer_id)
    left = queries_per_day(work.now) - spend(work, offer.recipient_id)
    record_policy(
        work,
        "offer.audience-estimated",
        actor=actor,
        recipient_id=offer.recipient_id,
        about=str(offer_id),
    )
    asked = categories.expand(offer.template.provision.categories)
    persons, counted_at = _largest(work, [each.id for each in asked])
    least = threshold(work.now)
    return Audience(rounded(persons, least), counted_at, left, least)


def note(work: Work, persons: Mapping[str, int]) -> None:
    """Replace the counts of all categories; needs the whole of them."""
    work.connection.execute(delete(category_population))
    rows = [
        {"category": category, "persons": number, "counted_at": work.now}
        for category, number in sorted(persons.items())
    ]
    if rows:
        work.connection.execute(insert(category_population), rows)


def spend(work: Work, recipient_id: str) -> int:
    """Count a query of a recipient, for an estimate or for statistics.

    Raises:
        Conflict: `audience.budget`; the day's queries were made.
    """
    c, day = audience_query.c, tokyo_day(work.now)
    is_today = (c.recipient_id == recipient_id, c.day == day)
    more = update(audience_query).where(*is_today).values(n=c.n + 1).returning(c.n)
    number = work.connection.execute(more).scalar()
    if number is None:
        row = {"recipient_id": recipient_id, "day": day, "n": 1}
        work.connection.execute(insert(audience_query).values(row))
        number = 1
    if number > queries_per_day(work.now):
        raise Conflict("audience.budget", "The day's estimates were made.")
    return int(number)


def _largest(snap: Snapshot, asked: Sequence[str]) -> tuple[int, datetime | None]:
    c = category_population.c
    query = select(func.max(c.persons), func.max(c.counted_at)).where(
        c.category.in_(asked)
    )
    persons, counted_at = snap.connection.execute(query).one()
    return int(persons or 0), counted_at
