"""Makes the statistics of each live offer once its last month is over."""

from datetime import date, timedelta
from functools import partial
from typing import Final

from consent import cohort_statistics, offers
from consent.offers import Offer
from pds.bank.bank import Bank
from pds.bank.one_by_one import one_by_one
from pds.core.clock import TOKYO
from pds.disclosure.cohorts import making

MAKE_STATISTICS: Final = "make statistics"
_LATE: Final = timedelta(days=3)
"""How long after its end a month waits for what comes late."""


def last_month(today: date) -> date:
    """Return the first day of the last month that waits for nothing more; pure."""
    first = (today - _LATE).replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)


def make_statistics(bank: Bank) -> None:
    """Make what is missing of the last month; each offer's in a unit of work."""
    with bank.read() as view:
        first = last_month(view.now.astimezone(TOKYO).date())
        missing = [
            each
            for each in offers.live(view)
            if cohort_statistics.find(view, each.offer_id, first) is None
        ]
    one_by_one(bank, MAKE_STATISTICS, missing, partial(_make, bank, first))


def _make(bank: Bank, first: date, offer: Offer) -> None:
    body = making.make(bank.read, bank.selector, bank.basis, offer, first)
    bank.unit_of_work(lambda work: cohort_statistics.keep(work, offer, first, body))
