"""Arithmetic and tax rules of a receipt (`docs/formats/intake.md`, section 8).

Pure functions on a receipt that its schema has accepted. Amounts are exact decimals;
a *minor unit* is the smallest amount of the currency (one yen).
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from pds.core import check_digits
from providers.issues import Issue
from providers.payload import JSON

EXPONENTS: Mapping[str, int] = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK"), 0),
    **dict.fromkeys(("BHD", "KWD", "OMR", "JOD", "TND"), 3),
    **dict.fromkeys(
        (
            *("USD", "EUR", "GBP", "CHF", "CNY", "HKD", "TWD", "SGD", "THB", "AUD"),
            *("NZD", "CAD", "SEK", "NOK", "DKK", "INR", "MYR", "PHP", "IDR", "BRL"),
            *("MXN", "PLN", "CZK", "HUF", "ZAR", "TRY", "AED", "SAR", "ILS"),
        ),
        2,
    ),
}
"""Decimals of each currency that receipts may be in (ISO 4217)."""

INVOICE_SYSTEM_BEGINS = "2023-10-01"
_STANDARD_RATES = (
    ("1989-04-01", Decimal(3)),
    ("1997-04-01", Decimal(5)),
    ("2014-04-01", Decimal(8)),
    ("2019-10-01", Decimal(10)),
)
_REDUCED_SINCE, _REDUCED_RATE = "2019-10-01", Decimal(8)
_ALCOHOL_PREFIX = "502022"
_UNTAXED = frozenset({"E", "O", "G"})
_HUNDRED = Decimal(100)


def check(receipt: Mapping[str, JSON]) -> Iterator[Issue]:
    """Yield every breach of a receipt that its schema has accepted."""
    exponent = EXPONENTS.get(receipt["currency"])
    if exponent is None:
        yield Issue("RCP-S12", "currency", "The currency is not known.")
        return
    minor = Decimal(1).scaleb(-exponent)
    yield from _decimals(receipt, exponent)
    yield from _lines(receipt, minor)
    yield from _sums(receipt, minor)
    yield from _taxes(receipt, minor)
    yield from _rates(receipt)
    yield from _seller(receipt)
    yield from _return(receipt)


def qualified_invoice(receipt: Mapping[str, JSON]) -> str:
    """Say whether it is a qualified invoice of the consumption tax law.

    Returns:
        `full`, `simplified`, `not_qualified`, or `unknown` before the system began
        and for other currencies.
    """
    if receipt["currency"] != "JPY" or receipt["issued_at"] < INVOICE_SYSTEM_BEGINS:
        return "unknown"
    number = receipt["seller"].get("invoice_reg_no", "")
    breakdown = receipt.get("tax_breakdown", ())
    taxed = [row for row in breakdown if row["tax_category"] not in _UNTAXED]
    has_rates = bool(breakdown) and all("tax_rate" in row for row in taxed)
    if not check_digits.is_registration_number(number) or not has_rates:
        return "not_qualified"
    is_full = "buyer_name" in receipt and bool(receipt.get("lines"))
    return "full" if is_full else "simplified"


def _decimals(receipt: Mapping[str, JSON], exponent: int) -> Iterator[Issue]:
    amounts = [(f"totals.{name}", text) for name, text in receipt["totals"].items()]
    for index, row in enumerate(receipt.get("tax_breakdown", ())):
        path = f"tax_breakdown[{index}]"
        amounts.append((f"{path}.taxable_amount", row["taxable_amount"]))
        amounts.append((f"{path}.tax_amount", row["tax_amount"]))
    for index, row in enumerate(receipt.get("payments", ())):
        amounts.append((f"payments[{index}].amount", row["amount"]))
    for path, text in amounts:
        if len(text.partition(".")[2].rstrip("0")) > exponent:
            yield Issue("RCP-S11", path, "More decimals than the currency has.")


def _lines(receipt: Mapping[str, JSON], minor: Decimal) -> Iterator[Issue]:
    lines = receipt.get("lines", [])
    if receipt["detail_level"] == "itemized" and not lines:
        yield Issue("RCP-S10", "lines", "An itemized receipt needs lines.")
    rated = sum("tax_rate" in line for line in lines if _is_taxable(line))
    taxable = sum(_is_taxable(line) for line in lines)
    if 0 < rated < taxable:
        yield Issue(
            "RCP-T04", "lines", "Some lines have a tax rate and some have none."
        )
    for index, line in enumerate(lines):
        path = f"lines[{index}]"
        if "quantity" in line and "unit_price" in line:
            product = Decimal(line["quantity"]) * Decimal(line["unit_price"])
            expected = product - Decimal(line.get("discount", "0"))
            if abs(Decimal(line["net"]) - expected) > minor:
                yield Issue(
                    "RCP-A01", f"{path}.net", "Not quantity × price − discount."
                )
        yield from _product(line, path)


def _product(line: Mapping[str, JSON], path: str) -> Iterator[Issue]:
    gtin = line.get("gtin")
    if gtin is not None and not check_digits.is_gtin(gtin):
        yield Issue(
            "RCP-G01", f"{path}.gtin", "No valid GTIN; kept as the shop's code."
        )
    elif gtin is not None and check_digits.is_in_store_code(gtin):
        yield Issue("RCP-G02", f"{path}.gtin", "A code of the shop's own.")
    if line.get("tax_category") == "AA" and any(
        category.get("code", "").startswith(_ALCOHOL_PREFIX)
        for category in line.get("category", ())
        if category["scheme"] in {"gpc", "unspsc"}
    ):
        yield Issue("RCP-T02", path, "Alcohol is not taxed at the reduced rate.")


def _is_taxable(line: Mapping[str, JSON]) -> bool:
    return line["kind"] == "item" and line.get("tax_category") not in _UNTAXED


def _sums(receipt: Mapping[str, JSON], minor: Decimal) -> Iterator[Issue]:
    totals, lines = receipt["totals"], receipt.get("lines", [])
    if "line_total" in totals and lines:
        items = _total(line["net"] for line in lines if line["kind"] == "item")
        if items != Decimal(totals["line_total"]):
            yield Issue("RCP-A02", "totals.line_total", "Not the sum of the lines.")
    payments = receipt.get("payments", [])
    if payments:
        paid = _total(row["amount"] for row in payments)
        due = Decimal(totals["total"]) + Decimal(totals.get("rounding", "0"))
        if paid - Decimal(totals.get("change", "0")) != due:
            yield Issue("RCP-A05", "payments", "Payments do not come to the total.")
    yield from _total_from_taxes(receipt)
    yield from _breakdown_from_lines(receipt, minor)


def _total_from_taxes(receipt: Mapping[str, JSON]) -> Iterator[Issue]:
    breakdown = receipt.get("tax_breakdown", ())
    if not breakdown:
        return
    expected = _total(
        amount
        for row in breakdown
        for amount in (
            row["taxable_amount"],
            "0" if row["includes_tax"] else row["tax_amount"],
        )
    )
    tolerance = abs(Decimal(receipt["totals"].get("rounding", "0")))
    if abs(Decimal(receipt["totals"]["total"]) - expected) > tolerance:
        yield Issue("RCP-A03", "totals.total", "Not the sum of amounts and tax.")


def _breakdown_from_lines(
    receipt: Mapping[str, JSON], minor: Decimal
) -> Iterator[Issue]:
    lines = [line for line in receipt.get("lines", ()) if line["kind"] != "tax"]
    if not lines or not all("tax_category" in line for line in lines):
        return
    for index, row in enumerate(receipt.get("tax_breakdown", ())):
        same = [
            line
            for line in lines
            if line["tax_category"] == row["tax_category"]
            and _rate(line) == _rate(row)
            and line.get("price_includes_tax", row["includes_tax"])
            == row["includes_tax"]
        ]
        if abs(_total(line["net"] for line in same) - _amount(row)) > minor:
            path = f"tax_breakdown[{index}]"
            yield Issue("RCP-A06", path, "Not the sum of the lines of this rate.")


def _taxes(receipt: Mapping[str, JSON], minor: Decimal) -> Iterator[Issue]:
    for index, row in enumerate(receipt.get("tax_breakdown", ())):
        path, tax = f"tax_breakdown[{index}]", Decimal(row["tax_amount"])
        if row["tax_category"] in _UNTAXED:
            if tax or _rate(row):
                yield Issue("RCP-A04", path, "This tax category has no tax.")
            continue
        rate = _rate(row)
        if rate is None:
            yield Issue("RCP-S10", f"{path}.tax_rate", "A taxed amount needs its rate.")
            continue
        base = _HUNDRED + rate if row["includes_tax"] else _HUNDRED
        exact = abs(_amount(row)) * rate / base
        if not exact - minor < abs(tax) < exact + minor or tax * _amount(row) < 0:
            yield Issue("RCP-A04", path, "The tax does not follow from the rate.")


def _rates(receipt: Mapping[str, JSON]) -> Iterator[Issue]:
    if receipt["currency"] != "JPY":
        return
    day = receipt["issued_at"][:10]
    lawful = {
        "S": max(
            (rate for since, rate in _STANDARD_RATES if since <= day), default=None
        ),
        "AA": _REDUCED_RATE if day >= _REDUCED_SINCE else None,
    }
    places = [(f"lines[{i}]", line) for i, line in enumerate(receipt.get("lines", ()))]
    places += [
        (f"tax_breakdown[{i}]", row)
        for i, row in enumerate(receipt.get("tax_breakdown", ()))
    ]
    for path, row in places:
        kind, rate = row.get("tax_category"), _rate(row)
        if kind in lawful and rate is not None and rate != lawful[kind]:
            yield Issue("RCP-T01", path, "Not a lawful rate on this day.")


def _seller(receipt: Mapping[str, JSON]) -> Iterator[Issue]:
    number, path = receipt["seller"].get("invoice_reg_no"), "seller.invoice_reg_no"
    if number is None:
        is_early = receipt["issued_at"] < INVOICE_SYSTEM_BEGINS
        if receipt["currency"] == "JPY" and is_early:
            yield Issue("RCP-N03", path, "No registration number is expected so early.")
    elif not check_digits.has_registration_form(number):
        yield Issue("RCP-N01", path, "A registration number is T and 13 digits.")
    elif not check_digits.is_registration_number(number):
        yield Issue("RCP-N02", path, "The check digit is wrong.")


def _return(receipt: Mapping[str, JSON]) -> Iterator[Issue]:
    if receipt["receipt_type"] == "return" and Decimal(receipt["totals"]["total"]) > 0:
        yield Issue("RCP-R01", "totals.total", "A return must not cost anything.")


def _rate(row: Mapping[str, JSON]) -> Decimal | None:
    return Decimal(row["tax_rate"]) if "tax_rate" in row else None


def _amount(row: Mapping[str, JSON]) -> Decimal:
    return Decimal(row["taxable_amount"])


def _total(texts: Iterable[str]) -> Decimal:
    return sum((Decimal(text) for text in texts), Decimal(0))
