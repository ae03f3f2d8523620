"""What the page shows of the records: counts, steps by day, spending by month."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

DAYS = 30
Record = dict[str, Any]


@dataclass(frozen=True)
class Category:
    """How many records of a category came, and of which days."""

    id: str
    count: int
    first_day: str
    last_day: str


def by_category(records: Iterable[Record]) -> list[Category]:
    """Return one row per category, in the order of their ids."""
    found: dict[str, list[Record]] = defaultdict(list)
    for each in records:
        found[each["category"]].append(each)
    return [
        Category(
            name,
            len(group),
            min(each["first_day"] for each in group),
            max(each["last_day"] for each in group),
        )
        for name, group in sorted(found.items())
    ]


def steps_by_day(records: Iterable[Record]) -> list[tuple[str, int]]:
    """Return the steps of the newest days, oldest first."""
    days: Counter[str] = Counter()
    for each in records:
        if each["category"] == "health.activity.steps":
            quantity = each["payload"].get("valueQuantity", {})
            days[each["first_day"]] += int(quantity.get("value", 0))
    return sorted(days.items())[-DAYS:]


def spent_by_month(records: Iterable[Record]) -> list[tuple[str, Decimal]]:
    """Return the yen of all receipts per month, oldest first."""
    months: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in records:
        if each["category"] == "purchase.receipt":
            total = each["payload"].get("totals", {}).get("total", "0")
            months[each["first_day"][:7]] += Decimal(total)
    return sorted(months.items())
