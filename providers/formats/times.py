"""FHIR dates and times with their precision, and the days that they cover.

A date without a time is a day in Asia/Tokyo, never midnight UTC. A time without an
offset is read in Asia/Tokyo and flagged by the caller (PHR-V12).
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from pds.core.clock import TOKYO, to_millis, tokyo_day
from providers.payload import JSON

_FORM = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_LAST_MONTH = 12
_LEAP_SECOND = 60
_MICROSECONDS = 6
_EPOCH = date(1970, 1, 1)


class BadTime(ValueError):  # noqa: N818 - reads as the state that it names
    """The text is no FHIR date, dateTime or instant."""


@dataclass(frozen=True, slots=True)
class Time:
    """One date or time as received.

    Attributes:
        text: the characters that came in.
        precision: year, month, day, minute or second.
        moment: Unix milliseconds at which it begins.
        first_day: day in Asia/Tokyo since 1970-01-01 at which it begins.
        last_day: the same, at which it ends (a year or month covers many days).
        offset: minutes east of UTC; None when the text has no offset.
    """

    text: str
    precision: str
    moment: int
    first_day: int
    last_day: int
    offset: int | None

    @property
    def lacks_offset(self) -> bool:
        """Whether it has a time of day but does not say where."""
        return self.offset is None and self.precision in {"minute", "second"}


@dataclass(frozen=True, slots=True)
class Span:
    """When something held: a moment, or a period that may be open at one end."""

    start: Time
    end: Time
    basis: str
    """The element that it was taken from, such as `effectivePeriod`."""

    @property
    def first_day(self) -> int:
        """Day in Asia/Tokyo on which it begins."""
        return self.start.first_day

    @property
    def last_day(self) -> int:
        """Day in Asia/Tokyo on which it ends, never before it begins."""
        return max(self.first_day, self.end.last_day)

    def as_header(self) -> dict[str, JSON]:
        """Return the `time` member of a record's header."""
        time: dict[str, JSON] = {
            "start": self.start.text,
            "precision": self.start.precision,
            "basis": self.basis,
        }
        if self.end is not self.start:
            time["end"] = self.end.text
        if self.start.offset is not None:
            time["offset"] = self.start.offset
        return time


def parse(text: str) -> Time:
    """Read a FHIR date, dateTime or instant (R4, section 2.24.0.1).

    Raises:
        BadTime: wrong form, or a day or time that does not exist.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadTime
    parts = match.groupdict()
    try:
        if parts["hour"] is None:
            return _day_like(text, parts)
        return _moment(text, parts)
    except (ValueError, OverflowError):
        raise BadTime from None


def at(moment: datetime, basis: str) -> Span:
    """Return the day of a moment in Asia/Tokyo as a span, for want of a better time."""
    time = parse(moment.astimezone(TOKYO).date().isoformat())
    return Span(time, time, basis)


def _day_like(text: str, parts: dict[str, str | None]) -> Time:
    year, month, day = (
        None if parts[name] is None else int(parts[name] or 0)
        for name in ("year", "month", "day")
    )
    if year is None or year == 0:
        raise BadTime
    first = date(year, month or 1, day or 1)
    if day is not None:
        last, precision = first, "day"
    elif month is not None:
        last = first.replace(day=monthrange(year, month)[1])
        precision = "month"
    else:
        last, precision = date(year, _LAST_MONTH, 31), "year"
    midnight = datetime(first.year, first.month, first.day, tzinfo=TOKYO)
    days = (first - _EPOCH).days, (last - _EPOCH).days
    return Time(text, precision, to_millis(midnight), *days, None)


def _moment(text: str, parts: dict[str, str | None]) -> Time:
    numbers = [
        int(parts[name] or 0)
        for name in ("year", "month", "day", "hour", "minute", "second")
    ]
    # A leap second is kept in the text; for ordering it is the second before.
    numbers[5] = 59 if numbers[5] == _LEAP_SECOND else numbers[5]
    fraction = (parts["fraction"] or ".0")[1:][:_MICROSECONDS].ljust(_MICROSECONDS, "0")
    zone, offset = _zone(parts["offset"])
    moment = datetime(*numbers, int(fraction), tzinfo=zone)  # type: ignore[misc,arg-type]
    precision = "minute" if parts["second"] is None else "second"
    day = tokyo_day(moment)
    return Time(text, precision, to_millis(moment), day, day, offset)


def _zone(text: str | None) -> tuple[timezone, int | None]:
    if text is None:
        return TOKYO, None
    if text == "Z":
        return timezone(timedelta(0)), 0
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:  # noqa: PLR2004 - FHIR's own limits
        raise BadTime
    offset = (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)
    return timezone(timedelta(minutes=offset)), offset
