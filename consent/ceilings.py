"""Compares terms with the ceilings of their purpose; pure.

The same comparison is made when a recipient asks, when an offer is entered and at
every disclosure, so that a lowered ceiling bites on consents already given.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from consent.reasons import Reason
from consent.terms import DataProvision
from pds.core.clock import TOKYO
from pds.core.vocabulary import DetailLevel, purposes
from pds.core.vocabulary.categories import Category
from pds.core.vocabulary.purposes import Ceiling


def breaches(
    terms: DataProvision, covered: Sequence[Category], given_at: datetime
) -> Iterator[Reason]:
    """Yield each ceiling that the terms break, reasons possibly repeated.

    Args:
        terms: what is asked for or was agreed.
        covered: categories that the terms are about.
        given_at: the moment from which validity and window are measured.
    """
    purpose = purposes.ALL.get(terms.purpose)
    if purpose is None:
        yield Reason.PURPOSE_UNKNOWN
        return
    given_on = given_at.astimezone(TOKYO).date()
    lasts = terms.access.until - given_at
    for category in covered:
        ceiling = _ceiling(purpose.id, category.id)
        if ceiling is None:
            yield Reason.CEILING_MISSING
            continue
        yield from _breaches(terms, ceiling, given_on, lasts)
        if terms.detail not in category.detail_levels:
            yield Reason.CEILING_DETAIL


@lru_cache(maxsize=4096)
def _ceiling(purpose: str, category: str) -> Ceiling | None:
    """Look a ceiling up once; each decision asks for those of all its categories."""
    return purposes.get(purpose).ceiling(category)


def _breaches(
    terms: DataProvision, ceiling: Ceiling, given_on: date, lasts: timedelta
) -> Iterator[Reason]:
    if lasts > timedelta(days=ceiling.validity_days):
        yield Reason.CEILING_VALIDITY
    if (given_on - terms.window.first).days > ceiling.window_days:
        yield Reason.CEILING_WINDOW
    asked = terms.access.max_per_day
    if asked is not None and asked > ceiling.max_per_day:
        yield Reason.CEILING_FREQUENCY
    if terms.retention_days > ceiling.retention_days:
        yield Reason.CEILING_RETENTION
    if terms.detail not in ceiling.detail_levels:
        yield Reason.CEILING_DETAIL


def fetches_per_day(terms: DataProvision, covered: Sequence[Category]) -> int | None:
    """Return how often data may be fetched in one day; None without any ceiling.

    The strictest of the agreed number and the ceilings of all categories counts; a
    question is answered once a day.
    """
    if terms.purpose not in purposes.ALL:
        return None
    found = [_ceiling(terms.purpose, category.id) for category in covered]
    limits = [ceiling.max_per_day for ceiling in found if ceiling is not None]
    if limits and terms.access.max_per_day is not None:
        limits.append(terms.access.max_per_day)
    if limits and terms.detail is DetailLevel.ANSWER:
        # An answer as of yesterday does not change within a day.
        limits.append(1)
    return min(limits, default=None)
