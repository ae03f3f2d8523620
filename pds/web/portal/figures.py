"""Figures: a table with its caption and its words; the picture is drawn from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from pds.core.clock import TOKYO, day_of
from pds.web.languages import language
from pds.web.portal.kinds import ChartKind
from pds.web.portal.series import Bucket, Reading, Series, Step, buckets
from pds.web.portal.summaries import unit_words
from providers.formats.measurements import CONCEPTS

_LINKED_ROWS = 120
"""Above so many rows the page would grow too heavy with an address in each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what it says, and its number for the picture where it has one."""

    text: str
    value: str = ""
    low: str = ""
    high: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its day, what it is called, its cells, and the record behind it."""

    day: date
    text: str
    cells: tuple[Cell, ...]
    record_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A table and how its picture is drawn.

    Attributes:
        key: by which a page can show it alone.
        caption: what it is.
        sentences: what it shows, in words.
        shape: `line`, `bar` or `stack`.
        unit: unit of every number in it.
        columns: heads of the columns after the first.
        drawn: for each column, what its line or bars are called; empty if not drawn.
        rows: newest first.
    """

    key: str
    caption: str
    sentences: tuple[str, ...]
    shape: str
    unit: str
    columns: tuple[str, ...]
    drawn: tuple[str, ...]
    rows: tuple[Row, ...]
    step: Step = field(default=Step.EACH)


def shown(value: Decimal | None) -> str:
    """Return a number for reading: all of its digits, thousands apart."""
    return "–" if value is None else f"{value:,f}"


def name_of(series: Series) -> str:
    """Return the name of a measure in this language, else as its record has it."""
    concept = CONCEPTS.get(series.measure)
    return series.label if concept is None else concept.words[language()]


def figure(
    kind: ChartKind, joint: Sequence[Series], step: Step, caption: str
) -> Figure:
    """Make the figure of one series, or of several in one unit."""
    unit = unit_words(joint[0].unit)
    make = _each if step is Step.EACH else _in_steps
    columns, drawn, rows = make(kind, joint, step)
    return Figure(
        key="|".join((*(each.measure for each in joint), joint[0].unit)),
        caption=f"{caption} ({unit})" if unit else caption,
        sentences=tuple(_in_words(each, unit) for each in joint),
        shape="bar" if kind.is_sum else "line",
        unit=unit,
        columns=columns,
        drawn=drawn,
        rows=tuple(reversed(rows)),
        step=step,
    )


Made = tuple[tuple[str, ...], tuple[str, ...], list[Row]]


def _each(_kind: ChartKind, joint: Sequence[Series], _step: Step) -> Made:
    names = tuple(map(name_of, joint))
    has_range = any(_has_range(r) for series in joint for r in series.readings)
    more = (_("Reference range"), _("Compared with it")) if has_range else ()
    lines = _joined(joint)
    are_linked = len(lines) <= _LINKED_ROWS
    rows = []
    for line in lines:
        first = next(reading for reading in line if reading)
        cells = [_reading(reading) for reading in line]
        if has_range:
            cells += _compared(first)
        link = UUID(bytes=first.record_id) if are_linked else None
        rows.append(Row(day_of(first.day), _when(first), tuple(cells), link))
    return (*names, *more), (*names, *("" for _each in more)), rows


def _joined(joint: Sequence[Series]) -> list[list[Reading | None]]:
    """Put readings of one moment side by side; two of one series never share a row."""
    lines: dict[tuple[int, str, int], list[Reading | None]] = {}
    for at, series in enumerate(joint):
        again: dict[tuple[int, str], int] = {}
        for reading in series.readings:
            key = (reading.day, reading.moment)
            again[key] = again.get(key, -1) + 1
            line = lines.setdefault((*key, again[key]), [None] * len(joint))
            line[at] = reading
    return [lines[key] for key in sorted(lines)]


def _in_steps(kind: ChartKind, joint: Sequence[Series], step: Step) -> Made:
    rows: dict[date, list[Bucket | None]] = {}
    for at, series in enumerate(joint):
        for bucket in buckets(series, step):
            rows.setdefault(bucket.first, [None] * len(joint))[at] = bucket
    columns: list[str] = []
    drawn: list[str] = []
    for name in map(name_of, joint):
        if kind.is_sum:
            columns += [_("Total"), _("Days or entries")]
            drawn += [name, ""]
        else:
            mean = _("%(name)s, average", name=name)
            columns += [mean, _("Lowest to highest"), _("Values")]
            drawn += [mean, "", ""]
    made = [
        Row(
            first,
            _period(first, step),
            tuple(cell for each in line for cell in _bucket(kind, each)),
        )
        for first, line in sorted(rows.items())
    ]
    return tuple(columns), tuple(drawn), made


def _bucket(kind: ChartKind, bucket: Bucket | None) -> list[Cell]:
    if bucket is None:
        return [Cell("–")] * (2 if kind.is_sum else 3)
    count = Cell(str(bucket.count))
    if kind.is_sum:
        return [_number(bucket.total if bucket.exact else None), count]
    least, most = shown(bucket.least), shown(bucket.most)
    span = least if least == most else f"{least} – {most}"
    return [_number(bucket.mean), Cell(span), count]


def _number(value: Decimal | None) -> Cell:
    return Cell(shown(value), "" if value is None else f"{value:f}")


def _reading(reading: Reading | None) -> Cell:
    if reading is None:
        return Cell("–")
    return Cell(
        f"{reading.comparator}{shown(reading.value)}",
        f"{reading.value:f}",
        "" if reading.low is None else f"{reading.low:f}",
        "" if reading.high is None else f"{reading.high:f}",
    )


def _has_range(reading: Reading) -> bool:
    return reading.low is not None or reading.high is not None


def _compared(reading: Reading) -> list[Cell]:
    if not _has_range(reading):
        return [Cell("–"), Cell("–")]
    low, high = reading.low, reading.high
    if low is None:
        span = _("up to %(high)s", high=shown(high))
    elif high is None:
        span = _("from %(low)s", low=shown(low))
    else:
        span = f"{shown(low)} – {shown(high)}"
    if reading.is_above:
        return [Cell(span), Cell(_("Above it"), tone="warn")]
    if reading.is_below:
        return [Cell(span), Cell(_("Below it"), tone="warn")]
    return [Cell(span), Cell(_("Within it"))]


def _in_words(series: Series, unit: str) -> str:
    last = series.readings[-1]
    latest = _(
        "%(name)s: latest %(value)s, %(day)s.",
        name=name_of(series),
        value=f"{last.comparator}{shown(last.value)} {unit}".strip(),
        day=format_date(day_of(last.day), "long"),
    )
    return " ".join(filter(None, (latest, _span(series), *_oddities(series))))


def _span(series: Series) -> str:
    exact = [r.value for r in series.readings if not r.comparator]
    if len(exact) < 2:  # noqa: PLR2004 - one value spans nothing
        return ""
    return str(
        ngettext(
            "%(num)s value, from %(least)s to %(most)s.",
            "%(num)s values, from %(least)s to %(most)s.",
            len(series.readings),
            least=shown(min(exact)),
            most=shown(max(exact)),
        )
    )


def _oddities(series: Series) -> tuple[str, str]:
    outside = sum(r.is_above or r.is_below for r in series.readings)
    bounds = sum(bool(r.comparator) for r in series.readings)
    return (
        ngettext(
            "%(num)s value lies outside its reference range.",
            "%(num)s values lie outside their reference range.",
            outside,
        )
        if outside
        else "",
        ngettext(
            "%(num)s value is only a bound, such as <5, and in no average.",
            "%(num)s values are only bounds, such as <5, and in no average.",
            bounds,
        )
        if bounds
        else "",
    )


def _when(reading: Reading) -> str:
    day = format_date(day_of(reading.day), "medium")
    if "T" not in reading.moment:
        return str(day)
    try:
        moment = datetime.fromisoformat(reading.moment)
    except ValueError:
        return str(day)
    if moment.tzinfo is not None:
        moment = moment.astimezone(TOKYO)
    return f"{day} {moment:%H:%M}"


def _period(first: date, step: Step) -> str:
    if step is Step.MONTH:
        return str(
            format_date(first, "yyyy年M月" if language() == "ja" else "MMM yyyy")
        )
    day = format_date(first, "medium")
    return str(_("Week from %(day)s", day=day) if step is Step.WEEK else day)
