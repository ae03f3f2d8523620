"""Time, passed in. This is the only module that reads the machine's clock."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as time_of_day
from typing import Protocol

TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")
"""Japan has had no daylight saving since 1951, so a fixed offset is exact."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the moment and measures waits."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back; for waits only."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on the machine's monotonic clock."""
        return time.monotonic()


def to_millis(moment: datetime) -> int:
    """Return Unix milliseconds; a naive moment is refused with ValueError."""
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone is not a moment.")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """Return the aware UTC moment of Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=millis)


def tokyo_day(moment: datetime) -> int:
    """Return the day in Asia/Tokyo, counted from 1970-01-01 (may be negative)."""
    return (moment.astimezone(TOKYO).date() - _EPOCH.date()).days


def start_of(day: date) -> datetime:
    """Return the first moment of a day of Japan."""
    return datetime.combine(day, time_of_day(), TOKYO)


def end_of(day: date) -> datetime:
    """Return the first moment after a day of Japan."""
    return start_of(day) + timedelta(days=1)


def month_after(day: date) -> date:
    """Return the first day of the month after the one that a day lies in."""
    # Four days after the 28th lie in the next month, whichever month it is.
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def day_number(day: date) -> int:
    """Return a calendar day counted from 1970-01-01 (may be negative)."""
    return (day - _EPOCH.date()).days


def day_of(number: int) -> date:
    """Return the day of a number of days since 1970-01-01."""
    return _EPOCH.date() + timedelta(days=number)
