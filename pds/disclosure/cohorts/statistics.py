"""Statistics of a cohort: of a month that is over, made once, of many or none (X-19).

Each person's month is summed up as that person's consent lets it, by the reader that
makes sums for recipients. What comes of all of them is said only where enough persons
by the rule `audience.threshold` have a number, and nobody's is more than `DOMINANCE` of
the total.
Persons are rounded down to a multiple of the threshold, values to two digits.

What an attacker would try: to ask before and after somebody joined and subtract. A
month is made once, after it is over, and the answer never changes; there is nothing to
choose but the month. Cohorts of two offers may still overlap in all but a few, which
rounding blurs and the budget of queries, shared with estimates, slows down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson

from audit.canonical import canonical
from consent.audience import rounded

DOMINANCE: Final = Decimal("0.85")
"""A larger share of one person in a total is never shown."""
_DIGITS: Final = 2

Key = tuple[str, str, str]
"""Category, what is measured, and its unit."""


@dataclass(slots=True)
class Cell:
    """One number of the statistics while persons are added."""

    persons: int = 0
    total: Decimal = Decimal(0)
    largest: Decimal = Decimal(0)

    def add(self, value: Decimal) -> None:
        """Add one person's number."""
        self.persons += 1
        self.total += value
        self.largest = max(self.largest, abs(value))

    def may_be_said(self, least: int) -> bool:
        """Say whether enough persons stand behind it, and none of them alone."""
        is_many = self.persons >= least
        return is_many and self.largest <= DOMINANCE * abs(self.total)


def add_person(cells: dict[Key, Cell], rows: Iterable[bytes]) -> None:
    """Add one person's month; pure.

    Args:
        cells: what was added so far.
        rows: the objects `sum/1` of the person's month.
    """
    for row in rows:
        read = orjson.loads(row)
        for key, value in _numbers(read["category"], read["payload"]):
            cells.setdefault(key, Cell()).add(value)


def statistics(
    cells: Mapping[Key, Cell], first: date, offer_id: str, least: int
) -> bytes:
    """Return what may be said of a month, as canonical JSON; pure.

    `least` is the number of persons below which nothing is said.
    """
    said = [
        {
            "category": category,
            "measure": measure,
            "persons": rounded(cell.persons, least),
            "unit": unit,
            "value": _text(cell, measure),
        }
        for (category, measure, unit), cell in sorted(cells.items())
        if cell.may_be_said(least)
    ]
    return canonical(
        {
            "cells": said,
            "month": first.strftime("%Y-%m"),
            "offer_id": offer_id,
            "threshold": least,
            "v": 1,
        }
    )


def _numbers(
    category: str, payload: Mapping[str, Any]
) -> Iterable[tuple[Key, Decimal]]:
    for each in payload.get("measures", ()):
        how = "sum" if "sum" in each else "mean"
        key = (category, f"{how}:{each['concept']}", each.get("unit") or "")
        yield key, Decimal(each[how])
    for each in payload.get("spending", ()):
        yield (category, "sum:spent", each["currency"]), Decimal(each["total"])


def _text(cell: Cell, measure: str) -> str:
    """Return the total, or the mean of the persons' means, to two digits."""
    value = cell.total if measure.startswith("sum:") else cell.total / cell.persons
    if not value:
        return "0"
    places = _DIGITS - 1 - value.adjusted()
    return f"{round(value, places):f}"
