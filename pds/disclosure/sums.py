"""Records of one category and one period, summed up; pure, and exact to the digit.

A sum names no record, no moment, no source and no text. Numbers are read from the
sealed header, in canonical units; only measurements of the catalogue are named, since a
code or a unit that a source made up could say anything. Receipts are summed by standard
codes of goods; shops and the names that shops give to goods are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import orjson

from audit.canonical import canonical
from pds.vault.records import OpenRecord
from providers import numbers
from providers.formats import spent
from providers.formats.measurements import CONCEPTS, LOINC, Concept

SCHEMA: Final = "sum/1"
_STANDARD_SCHEMES: Final = ("gpc", "jicfs", "unspsc")


@dataclass
class _Measure:
    """The numbers of one measurement, in its canonical unit."""

    values: list[Decimal] = field(default_factory=list)
    days: set[int] = field(default_factory=set)

    def add(self, value: Decimal, day: int) -> None:
        self.values.append(value)
        self.days.add(day)

    def members(self, concept: Concept) -> dict[str, Any]:
        named = {"concept": concept.id, "count": len(self.values)}
        if concept.loinc:
            named |= {"system": LOINC, "code": concept.loinc[0]}
        summed = numbers.total(self.values)
        if concept.adds_up:
            told = {"days": len(self.days), "sum": _text(summed)}
        else:
            decimals = max(map(numbers.places, self.values))
            told = {
                "max": _text(max(self.values)),
                "mean": _text(numbers.mean(summed, len(self.values), decimals)),
                "min": _text(min(self.values)),
            }
        return {**named, "unit": concept.unit, **told}


@dataclass
class _Spending:
    """What was spent in one currency."""

    count: int = 0
    days: set[int] = field(default_factory=set)
    kinds: dict[str, Decimal] = field(default_factory=dict)

    def add(self, day: int, parts: Mapping[str, Decimal]) -> None:
        self.count += 1
        self.days.add(day)
        for kind, amount in parts.items():
            # What stands in a sensitive record is another category's to tell.
            if kind != spent.APART:
                had = self.kinds.get(kind, Decimal(0))
                self.kinds[kind] = numbers.total((had, amount))

    def members(self, currency: str) -> dict[str, Any]:
        return {
            "count": self.count,
            "currency": currency,
            "kinds": [
                {**_kind(kind), "amount": _text(amount)}
                for kind, amount in sorted(self.kinds.items())
            ],
            "total": _text(numbers.total(self.kinds.values())),
        }


@dataclass
class Sum:
    """What the records of one category in one period come to.

    Attributes:
        count: how many records were added.
        days: last days of the records, since 1970-01-01.
    """

    count: int = 0
    days: set[int] = field(default_factory=set)
    _measures: dict[str, _Measure] = field(default_factory=dict)
    _spending: dict[str, _Spending] = field(default_factory=dict)

    def add(self, record: OpenRecord) -> None:
        """Add a record; what has no number that can be summed up is only counted."""
        self.count += 1
        self.days.add(record.last_day)
        if record.schema == "receipt/1":
            self._add_receipt(record)
        else:
            self._add_readings(record)

    def measured(self, concept: str) -> tuple[Decimal, int]:
        """Return the sum of a measurement and the number of days that have any."""
        found = self._measures.get(concept, _Measure())
        return numbers.total(found.values), len(found.days)

    def spent(self, currency: str) -> tuple[Decimal, int]:
        """Return what was spent in a currency and the number of days with receipts."""
        found = self._spending.get(currency, _Spending())
        return numbers.total(found.kinds.values()), len(found.days)

    def row(self, category: str, first: date, last: date) -> bytes:
        """Return the JSON object that goes: the category, the days, the sums.

        Args:
            category: id of the vocabulary.
            first: first day of the period that is covered.
            last: its last day.
        """
        sums: dict[str, Any] = {"count": self.count}
        if self._measures:
            sums["measures"] = [
                self._measures[name].members(CONCEPTS[name])
                for name in sorted(self._measures)
            ]
        if self._spending:
            sums["spending"] = [
                self._spending[currency].members(currency)
                for currency in sorted(self._spending)
            ]
        return canonical(
            {
                "category": category,
                "first_day": first.isoformat(),
                "last_day": last.isoformat(),
                "payload": sums,
                "schema": SCHEMA,
            }
        )

    def _add_readings(self, record: OpenRecord) -> None:
        header = orjson.loads(record.header)
        for part in (header, *(header.get("components") or ())):
            concept = CONCEPTS.get(str(part.get("concept", "")))
            value = numbers.number(part.get("value"))
            # A number with a comparator is only a bound.
            if concept is None or value is None or part.get("comparator"):
                continue
            if concept.unit is not None and part.get("unit") == concept.unit:
                measure = self._measures.setdefault(concept.id, _Measure())
                measure.add(value, record.last_day)

    def _add_receipt(self, record: OpenRecord) -> None:
        found = spent.divide(
            orjson.loads(record.payload),
            record.last_day,
            is_apart=False,
            kind_of=_standard_kind,
        )
        if found is not None:
            spending = self._spending.setdefault(found.currency, _Spending())
            spending.add(record.last_day, found.parts)


def _standard_kind(line: Mapping[str, Any]) -> str:
    for each in line.get("category") or ():
        if each["scheme"] in _STANDARD_SCHEMES and each.get("code"):
            return f"{each['scheme']}|{each['code']}"
    return spent.OTHER


def _kind(kind: str) -> dict[str, str]:
    if kind == spent.OTHER:
        return {}
    scheme, _, code = kind.partition("|")
    return {"code": code, "scheme": scheme}


def _text(value: Decimal) -> str:
    return f"{value:f}"
