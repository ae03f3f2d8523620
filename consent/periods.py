"""Days and months of Asia/Tokyo as the periods that data is summed up by; pure.

A sum may never say more than its level: a month that could be asked for in pieces, or
again and again while it grows, would be its days. So only whole periods are given, and
each of them once it is over. A window that a person agreed to may begin or end inside
a period; what lies outside of it stays out.
"""

from datetime import date, timedelta

from consent.terms import Window
from pds.core.clock import month_after
from pds.core.vocabulary import DetailLevel

SUMMED = frozenset({DetailLevel.DAY, DetailLevel.MONTH})
"""The levels that sum records up by period."""


def first_of(day: date, level: DetailLevel) -> date:
    """Return the first day of the period that a day lies in."""
    return day.replace(day=1) if level is DetailLevel.MONTH else day


def last_of(day: date, level: DetailLevel) -> date:
    """Return the last day of the period that a day lies in."""
    if level is not DetailLevel.MONTH:
        return day
    return month_after(day) - timedelta(days=1)


def are_whole(
    first: date | None, last: date | None, window: Window, level: DetailLevel
) -> bool:
    """Say whether the days asked for cut no period in two.

    Args:
        first: first day asked for; None leaves it to the window.
        last: last day asked for.
        window: the days agreed.
        level: the level at which data is shown; one that sums nothing up has no
            periods to cut.
    """
    if level not in SUMMED:
        return True
    begins = first is None or first in (window.first, first_of(first, level))
    ends = last is None or last in (window.last, last_of(last, level))
    return begins and ends


def over(last: date | None, level: DetailLevel, today: date) -> date:
    """Return the last day of the last period that is over.

    Args:
        last: last day of the selection; None for one that grows.
        level: day or month.
        today: the day of the answer, Asia/Tokyo.
    """
    if last is not None and last < today:
        return last
    return first_of(today, level) - timedelta(days=1)
