"""One person's rows of a set: months, age bands, rounded numbers; pure.

A row is made from the fields that the rules name and from nothing else, so what is
dropped needs no list: it is never looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, DecimalException
from sys import intern
from typing import Any, Final

from pds.core.vocabulary.dataset_rules import (
    DataSetKind,
    Measure,
    RowUnit,
    Rules,
    Take,
)

_MOST: Final = Decimal(10) ** 9
"""Greater numbers are no measurement of a person."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one record.

    Attributes:
        measure: the field that it counts for.
        day: its day, Asia/Tokyo.
        value: the number.
    """

    measure: Measure
    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One row before it has an id.

    Attributes:
        person: number of the person within this making, never written anywhere; 0 in
            a row that is linked to no other, so that equal rows are one value.
        month: such as `2026-10`.
        age_band: such as `40-49`.
        category: of the row; empty if it tells of all.
        values: the fields, in the order of the rules; None where there is no number.
    """

    person: int
    month: str
    age_band: str
    category: str
    values: tuple[str | None, ...]


def readings(
    rules: Rules, category: str, day: date, header: Mapping[str, Any]
) -> Iterator[Reading]:
    """Yield the numbers of a record that count.

    Bounds (`<`, `>`), other units and what is no number are left out.
    """
    parts = [header, *(header.get("components") or ())]
    for measure in rules.of_category(category):
        for part in parts:
            value = _value(measure, part)
            if value is not None:
                yield Reading(measure, day, value)


def of_person(
    rules: Rules,
    kind: DataSetKind,
    person: int,
    birth_date: date,
    found: Iterable[Reading],
) -> list[Row]:
    """Return the rows of a person: one at most for each month and category.

    Args:
        rules: by which they are made.
        kind: of the set.
        person: number of the person within this making.
        birth_date: for the age at the beginning of each month.
        found: the numbers, in any order.
    """
    taken: dict[str, dict[str, list[Reading]]] = defaultdict(lambda: defaultdict(list))
    for each in found:
        taken[each.day.strftime("%Y-%m")][each.measure.name].append(each)
    is_linked = rules.kinds[kind].row is RowUnit.PERSON
    rows = []
    for month in sorted(map(intern, taken)):
        band = rules.age.of(_age(birth_date, date.fromisoformat(f"{month}-01")))
        for category, fields in _fields(rules, kind):
            values = tuple(
                _told(each, kind, taken[month][each.name]) for each in fields
            )
            if any(value is not None for value in values):
                rows.append(
                    Row(person if is_linked else 0, month, band, category, values)
                )
    return rows


def field_names(rules: Rules, category: str) -> tuple[str, ...]:
    """Return the names of the values of a row; all fields if it tells of all."""
    fields = rules.of_category(category) if category else rules.measures
    return tuple(each.name for each in fields)


def _fields(rules: Rules, kind: DataSetKind) -> list[tuple[str, Sequence[Measure]]]:
    if rules.kinds[kind].row is RowUnit.PERSON:
        return [("", rules.measures)]
    return [(each, rules.of_category(each)) for each in rules.categories]


def _value(measure: Measure, part: Mapping[str, Any]) -> Decimal | None:
    if str(part.get("concept", "")) != measure.concept or part.get("comparator"):
        return None
    if part.get("unit") != measure.unit:
        return None
    try:
        value = Decimal(str(part.get("value")))
    except DecimalException:
        return None
    return value if value.is_finite() and abs(value) <= _MOST else None


def _told(measure: Measure, kind: DataSetKind, found: Sequence[Reading]) -> str | None:
    """Return the one number of a month as it is told, None if there is none."""
    if not found:
        return None
    total = sum((each.value for each in found), Decimal(0))
    days = len({each.day for each in found})
    share = {Take.SUM: 1, Take.MEAN: len(found), Take.MEAN_PER_DAY: days}[measure.take]
    step = measure.step[kind]
    steps = (total / share / step).to_integral_value(ROUND_HALF_EVEN)
    told = min(max(steps * step, measure.low), measure.high)
    # Rounded numbers are few, and rows of many persons are held at once.
    return intern(f"{told.normalize():f}")


def _age(birth_date: date, day: date) -> int:
    had = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had else 1)
