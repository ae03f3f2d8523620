"""What was spent, by month and kind of goods; pure, and exact to the yen.

Each receipt is divided among the kinds of its goods (`providers.formats.spent`), so the
parts of a month always come to the sum of the printed totals, refunds taken off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pds.web.portal.series import Step, start_of
from providers.formats.spent import Spent


@dataclass(frozen=True, slots=True)
class Month:
    """What was spent in one month in one currency."""

    first: date
    total: Decimal
    parts: Mapping[str, Decimal]
    count: int


def by_month(spent: Iterable[Spent]) -> dict[str, list[Month]]:
    """Return the months of each currency, oldest first."""
    rows: dict[str, dict[date, list[Spent]]] = {}
    for each in spent:
        months = rows.setdefault(each.currency, {})
        months.setdefault(start_of(each.day, Step.MONTH), []).append(each)
    return {
        currency: [_month(first, of) for first, of in sorted(months.items())]
        for currency, months in sorted(rows.items())
    }


def kinds(months: Iterable[Month]) -> dict[str, Decimal]:
    """Return the sum of each kind over some months, greatest first."""
    found: dict[str, Decimal] = {}
    for month in months:
        for kind, amount in month.parts.items():
            found[kind] = found.get(kind, Decimal(0)) + amount
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _month(first: date, spent: list[Spent]) -> Month:
    parts: dict[str, Decimal] = {}
    for each in spent:
        for kind, amount in each.parts.items():
            parts[kind] = parts.get(kind, Decimal(0)) + amount
    total = sum((each.total for each in spent), Decimal(0))
    return Month(first, total, parts, len(spent))
