"""What the page shows of the records: counts, steps by day, spending by month.

The person may have given sums by day or month (`sum/1`) instead of single records.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

DAYS = 30
SUM = "sum/1"
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
            sum(_count(each) for each in group),
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
            days[each["first_day"]] += _steps(each)
    return sorted(days.items())[-DAYS:]


def spent_by_month(records: Iterable[Record]) -> list[tuple[str, Decimal]]:
    """Return the yen of all receipts per month, oldest first."""
    months: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in records:
        if each["category"] == "purchase.receipt":
            months[each["first_day"][:7]] += _yen(each)
    return sorted(months.items())


def _count(record: Record) -> int:
    return int(record["payload"]["count"]) if record["schema"] == SUM else 1


def _steps(record: Record) -> int:
    payload = record["payload"]
    if record["schema"] != SUM:
        return int(payload.get("valueQuantity", {}).get("value", 0))
    measures = payload.get("measures", [])
    return sum(int(Decimal(each["sum"])) for each in measures if "sum" in each)


def _yen(record: Record) -> Decimal:
    payload = record["payload"]
    if record["schema"] != SUM:
        return Decimal(payload.get("totals", {}).get("total", "0"))
    totals = {each["currency"]: each["total"] for each in payload.get("spending", [])}
    return Decimal(totals.get("JPY", "0"))
