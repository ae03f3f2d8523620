"""What one receipt was spent on, by kind of goods; pure, and exact to the yen.

A receipt's total is divided among the kinds of its lines, tax included. What lines do
not explain (rounding, a receipt without lines) stands under a kind of its own, and
what was moved into a sensitive record under another, so the parts always come to the
printed total.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from providers.numbers import number, places

OTHER: Final = ""
"""Kind of what no line explains."""

APART: Final = "\0"
"""Kind of what is kept in sensitive records; no shop can print it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """One receipt, divided.

    Attributes:
        day: its day, since 1970-01-01 in Asia/Tokyo.
        currency: its one currency.
        total: what was paid; below zero for a refund.
        parts: amounts by kind, which come to the total.
    """

    day: int
    currency: str
    total: Decimal
    parts: Mapping[str, Decimal]


def named_kind(line: Mapping[str, Any]) -> str:
    """Return the first name that a shop gives to the kind of a line."""
    names = [c["name"] for c in line.get("category") or () if c.get("name")]
    return str(names[0]).replace("\0", "") if names else OTHER


def divide(
    receipt: Mapping[str, Any],
    day: int,
    *,
    is_apart: bool,
    kind_of: Callable[[Mapping[str, Any]], str] = named_kind,
) -> Spent | None:
    """Divide one receipt among the kinds of its goods.

    Args:
        receipt: the payload.
        day: its day.
        is_apart: whether it is a sensitive record as a whole.
        kind_of: tells the kind of a line; as the shop named it unless said otherwise.

    Returns:
        None where the total is no number, and for the sensitive half of a receipt
        whose other half already carries the printed total.
    """
    total = number((receipt.get("totals") or {}).get("total"))
    if total is None or (is_apart and receipt.get("is_partial")):
        return None
    currency = str(receipt.get("currency", ""))
    if is_apart:
        return Spent(day, currency, total, {APART: total})
    weights = _weights(receipt, kind_of)
    rest = APART if receipt.get("is_partial") else OTHER
    weights[rest] = weights.get(rest, Fraction(0)) + (
        Fraction(total) - sum(weights.values(), Fraction(0))
    )
    return Spent(day, currency, total, _rounded(weights, total, rest))


def _weights(
    receipt: Mapping[str, Any], kind_of: Callable[[Mapping[str, Any]], str]
) -> dict[str, Fraction]:
    """Return the amounts of the lines by kind, tax included, before rounding."""
    rates = _tax_shares(receipt)
    found: dict[str, Fraction] = {}
    for line in receipt.get("lines") or ():
        net = number(line.get("net"))
        if net is None or line.get("kind") == "tax":
            continue
        group = (line.get("tax_category"), line.get("tax_rate"))
        share = 0 if line.get("price_includes_tax") else rates.get(group, 0)
        kind = kind_of(line)
        found[kind] = found.get(kind, Fraction(0)) + Fraction(net) * (1 + share)
    return found


def _tax_shares(receipt: Mapping[str, Any]) -> dict[Any, Fraction]:
    """Return what tax comes on top of an amount, by tax category and rate."""
    found: dict[Any, Fraction] = {}
    for group in receipt.get("tax_breakdown") or ():
        taxable, tax = (
            number(group.get("taxable_amount")),
            number(group.get("tax_amount")),
        )
        if taxable and tax is not None and not group.get("includes_tax"):
            key = (group.get("tax_category"), group.get("tax_rate"))
            found[key] = Fraction(tax) / Fraction(taxable)
    return found


def _rounded(
    weights: Mapping[str, Fraction], total: Decimal, rest: str
) -> dict[str, Decimal]:
    """Round to the digits of the total; what is lost thereby goes to the greatest."""
    decimals = places(total)
    unit = 10**decimals
    found = {
        kind: Decimal(round(weight * unit)).scaleb(-decimals)
        for kind, weight in weights.items()
    }
    found = {kind: amount for kind, amount in found.items() if amount}
    lost = total - sum(found.values(), Decimal(0))
    if lost:
        greatest = max(found, key=lambda kind: abs(found[kind]), default=rest)
        found[greatest] = found.get(greatest, Decimal(0)) + lost
    return found
