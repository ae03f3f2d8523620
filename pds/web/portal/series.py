"""Series of measurements, made from opened records; pure, and exact to the digit.

A reading is one number of one record. Readings of one measurement in one unit make a
series; two units make two, because numbers of different units are never put on one
scale or into one average. What has no number is counted, so that a page can say what
it does not draw.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from pds.core.clock import day_number
from providers.numbers import mean, number, places, total

_EPOCH: Final = date(1970, 1, 1)


class Step(StrEnum):
    """What one row of a table stands for."""

    EACH = "each"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one record.

    Attributes:
        measure: what was measured: a concept of the catalogue, or a code or text.
        label: its name in the record.
        unit: UCUM unit, or as received.
        day: its last day in Asia/Tokyo, since 1970-01-01.
        moment: text by which readings of one day are ordered, and told apart.
        value: the number.
        comparator: `<`, `<=`, `>=`, `>` or empty; then the number is only a bound.
        low: lower end of the reference range that came with it.
        high: upper end of it.
        record_id: the 16 bytes of its record.
    """

    measure: str
    label: str
    unit: str
    day: int
    moment: str
    value: Decimal
    comparator: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    record_id: bytes = b""

    @property
    def is_below(self) -> bool:
        """Whether it certainly lies below its range."""
        is_at_most = self.comparator in {"", "<", "<="}
        return self.low is not None and is_at_most and self.value < self.low

    @property
    def is_above(self) -> bool:
        """Whether it certainly lies above its range."""
        is_at_least = self.comparator in {"", ">", ">="}
        return self.high is not None and is_at_least and self.value > self.high


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one measurement in one unit, oldest first; never empty."""

    measure: str
    unit: str
    readings: tuple[Reading, ...]

    @property
    def label(self) -> str:
        """What the newest record calls it."""
        return self.readings[-1].label


@dataclass(frozen=True, slots=True)
class Bucket:
    """Readings of a series that share a row.

    Attributes:
        first: first day of the row.
        count: how many readings.
        total: sum of those with an exact number.
        exact: how many have one.
        least: smallest exact number, None if there is none.
        most: greatest exact number.
        readings: all of them.
    """

    first: date
    count: int
    total: Decimal
    exact: int
    least: Decimal | None
    most: Decimal | None
    readings: tuple[Reading, ...]

    @property
    def mean(self) -> Decimal | None:
        """The mean of the exact numbers, with one digit more than they have."""
        if not self.exact:
            return None
        decimals = max(places(r.value) for r in self.readings if not r.comparator)
        return mean(self.total, self.exact, decimals)


def of_header(
    header: Mapping[str, Any],
    day: int,
    record_id: bytes,
    limits: Mapping[str, tuple[Decimal | None, Decimal | None]] | None = None,
) -> list[Reading]:
    """Return the readings of one record: its own value and those of its parts.

    Args:
        header: the record's header.
        day: its last day.
        record_id: its id.
        limits: reference ranges by measurement, in the unit of the header.
    """
    moment = str((header.get("time") or {}).get("start", ""))
    found = []
    for part in (header, *(header.get("components") or ())):
        value = number(part.get("value"))
        if value is None:
            continue
        measure, label = _named(part, header)
        low, high = (limits or {}).get(measure, (None, None))
        found.append(
            Reading(
                measure,
                label,
                str(part.get("unit", "")),
                day,
                moment,
                value,
                str(part.get("comparator", "")),
                low,
                high,
                record_id,
            )
        )
    return found


def _named(part: Mapping[str, Any], header: Mapping[str, Any]) -> tuple[str, str]:
    codes: Any = header.get("codes") or ({},)
    shown = next((str(c["display"]) for c in codes if c.get("display")), "")
    first = f"{codes[0].get('system', '')}|{codes[0].get('code', '')}"
    if part is header:
        measure = str(part.get("concept") or (first if first != "|" else shown))
        return measure, shown or str(codes[0].get("code", "")) or measure
    own = str(part.get("concept") or part.get("code") or "")
    return own or f"{first}#", own or shown


def gather(readings: Iterable[Reading]) -> list[Series]:
    """Sort readings into series, in the order of measurement and unit."""
    found: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        found.setdefault((reading.measure, reading.unit), []).append(reading)
    return [
        Series(*key, tuple(sorted(of, key=lambda r: (r.day, r.moment, r.record_id))))
        for key, of in sorted(found.items())
    ]


def start_of(day: int, step: Step) -> date:
    """Return the first day of the row that a day falls into; weeks begin on Monday."""
    found = _EPOCH + timedelta(days=day)
    if step is Step.WEEK:
        return found - timedelta(days=found.weekday())
    return found.replace(day=1) if step is Step.MONTH else found


def buckets(series: Series, step: Step) -> list[Bucket]:
    """Put a series into rows, oldest first; each reading is in exactly one."""
    rows: dict[Any, list[Reading]] = {}
    for at, reading in enumerate(series.readings):
        start = start_of(reading.day, step)
        rows.setdefault((start, at if step is Step.EACH else 0), []).append(reading)
    return [_bucket(start, of) for (start, _at), of in rows.items()]


def _bucket(first: date, readings: Sequence[Reading]) -> Bucket:
    exact = [r.value for r in readings if not r.comparator]
    return Bucket(
        first,
        len(readings),
        total(exact),
        len(exact),
        min(exact, default=None),
        max(exact, default=None),
        tuple(readings),
    )


def step_for(all_series: Sequence[Series], most: int, finest: Step = Step.EACH) -> Step:
    """Return the finest step at which no series has more than `most` rows."""
    steps = list(Step)
    for step in steps[steps.index(finest) :]:
        if all(_rows(series, step) <= most for series in all_series):
            return step
    return Step.MONTH


def _rows(series: Series, step: Step) -> int:
    if step is Step.EACH:
        return len(series.readings)
    return len({start_of(reading.day, step) for reading in series.readings})


def days_back(today: date, days: int) -> int | None:
    """Return the number of the first of so many days up to today; None for no limit."""
    return day_number(today) - days + 1 if days else None
