"""The chores of what is made once of each closed month."""

from datetime import timedelta

from pds.bank.housekeeping import Chore
from pds.bank.statistics import MAKE_STATISTICS, make_statistics
from pds.bank.transparency.making import MAKE_REPORTS, make_reports


def monthly_chores() -> list[Chore]:
    """Return the chores that look for a closed month."""
    every = timedelta(hours=1)
    return [
        Chore(MAKE_STATISTICS, every, make_statistics),
        Chore(MAKE_REPORTS, every, make_reports),
    ]
