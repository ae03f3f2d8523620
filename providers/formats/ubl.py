"""JP PINT and other UBL 2.1 invoices as receipts (mapping: `docs/formats/intake.md`).

Parsed by defusedxml: no document type with entities, no external reference. Names of
people, accounts and attachments in the invoice are not taken over.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from providers.formats import prohibited, receipt, xml_limits
from providers.issues import FileRefused, Issue
from providers.payload import JSON
from providers.records import Item

_INVOICE = "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice"
_NAMESPACES = {
    "a": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "b": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_GREATEST_EXPONENT = 18
_FORMAT = "ubl-2.1+xml"
_SELLER = "a:AccountingSupplierParty/a:Party"
_BUYER = "a:AccountingCustomerParty/a:Party"
_ADDRESS = ("CountrySubentity", "CityName", "StreetName", "AdditionalStreetName")
_CORPORATE, _GTIN = "0188", "0160"
_PAYMENT_MEANS: Mapping[str, str] = {
    "10": "cash",
    "30": "bank",
    "42": "bank",
    "48": "credit",
    "54": "credit",
    "55": "debit",
    "58": "bank",
}
_CANNOT_HOLD = frozenset(
    {"Telephone", "Telefax", "EndpointID", "EmbeddedDocumentBinaryObject", "URI"}
)


def read(data: bytes, *, now: datetime) -> Item:
    """Read one invoice.

    Raises:
        FileRefused: PHR-F02 no well-formed XML, PHR-F05 entities or external
            references, PHR-F01 XML of another kind.
    """
    root = _parse(data)
    if root.tag != _INVOICE:
        raise FileRefused("PHR-F01", "This XML is no UBL invoice.")
    hits = [
        issue
        for element in root.iter()
        for issue in prohibited.find_in_text(element.text or "", _name(element))
        if _name(element) not in _CANNOT_HOLD
    ]
    if hits:
        return Item(
            0, "Invoice", receipt.LABEL, issues=tuple(hits), holds_prohibited=True
        )
    try:
        value = _receipt(root)
    except InvalidOperation:
        issue = Issue("RCP-S11", "", "An amount is not a decimal number.")
        return Item(0, "Invoice", receipt.LABEL, issues=(issue,))
    return receipt.read(value, 0, "Invoice", now=now, format_=_FORMAT)


def _parse(data: bytes) -> Element:
    try:
        xml_limits.check(data)
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise FileRefused(
            "PHR-F05", "The XML declares a document type or entities."
        ) from None
    except ParseError as error:
        line, column = error.position
        where = f"line {line} column {column}"
        raise FileRefused("PHR-F02", f"The XML is malformed at {where}.") from None
    except (ValueError, LookupError, RecursionError):
        raise FileRefused("PHR-F02", "The XML's encoding cannot be read.") from None
    return root


def _name(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _text(element: Element, path: str) -> str | None:
    found = element.find(path, _NAMESPACES)
    text = None if found is None else (found.text or "").strip()
    return text or None


def _amount(element: Element, path: str) -> str | None:
    text = _text(element, path)
    return None if text is None else plain(text)


def plain(text: str) -> str:
    """Return decimal text without sign of plus, leading zeros or exponent.

    Raises:
        decimal.InvalidOperation: the text is no finite decimal of sensible size.
    """
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > _GREATEST_EXPONENT:
        raise InvalidOperation
    return format(abs(number) if number == 0 else number, "f")


def _receipt(root: Element) -> dict[str, JSON]:
    total = _amount(root, "a:LegalMonetaryTotal/b:TaxInclusiveAmount")
    is_return = total is not None and total.startswith("-")
    return _given(
        {
            "schema": receipt.SCHEMA_ID,
            "receipt_type": "return" if is_return else "sale",
            "detail_level": "itemized",
            "issued_at": _text(root, "b:IssueDate"),
            "receipt_number": _text(root, "b:ID"),
            "seller": _seller(root),
            "buyer_name": _text(root, f"{_BUYER}/a:PartyLegalEntity/b:RegistrationName")
            or _text(root, f"{_BUYER}/a:PartyName/b:Name"),
            "currency": _text(root, "b:DocumentCurrencyCode"),
            "lines": [*_lines(root), *_document_charges(root)],
            "tax_breakdown": list(_breakdown(root)),
            "totals": _totals(root),
            "payments": list(_payments(root)),
            "original_receipt": _original(root),
        }
    )


def _given(members: Mapping[str, JSON]) -> dict[str, JSON]:
    return {name: value for name, value in members.items() if value not in (None, [])}


def _seller(root: Element) -> dict[str, JSON]:
    party = root.find(_SELLER, _NAMESPACES)
    if party is None:
        return {}
    legal = party.find("a:PartyLegalEntity/b:CompanyID", _NAMESPACES)
    is_corporate = legal is not None and legal.get("schemeID") == _CORPORATE
    name = _text(party, "a:PartyLegalEntity/b:RegistrationName")
    trading = _text(party, "a:PartyName/b:Name")
    address = [_text(party, f"a:PostalAddress/b:{part}") for part in _ADDRESS]
    zone = (_text(party, "a:PostalAddress/b:PostalZone") or "").replace("-", "")
    return _given(
        {
            "name": name or trading,
            "store_name": trading if name and trading != name else None,
            "corporate_number": (legal.text or "").strip()
            if legal is not None and is_corporate
            else None,
            "invoice_reg_no": _text(party, "a:PartyTaxScheme/b:CompanyID"),
            "postal_code": zone if zone.isdigit() and len(zone) == 7 else None,  # noqa: PLR2004 - Japan
            "address": "".join(part for part in address if part) or None,
        }
    )


def _lines(root: Element) -> Iterator[dict[str, JSON]]:
    for number, line in enumerate(root.iterfind("a:InvoiceLine", _NAMESPACES), 1):
        quantity = line.find("b:InvoicedQuantity", _NAMESPACES)
        standard = line.find("a:Item/a:StandardItemIdentification/b:ID", _NAMESPACES)
        is_gtin = standard is not None and standard.get("schemeID") == _GTIN
        yield _given(
            {
                "line_no": number,
                "kind": "item",
                "description": _text(line, "a:Item/b:Name"),
                "gtin": (standard.text or "").strip()
                if standard is not None and is_gtin
                else None,
                "sku": _text(line, "a:Item/a:SellersItemIdentification/b:ID"),
                "quantity": _amount(line, "b:InvoicedQuantity"),
                "unit": None if quantity is None else quantity.get("unitCode"),
                "unit_price": _unit_price(line),
                "discount": _line_discount(line),
                "net": _amount(line, "b:LineExtensionAmount"),
                "price_includes_tax": False,
                **_tax(line, "a:Item/a:ClassifiedTaxCategory"),
            }
        )


def _unit_price(line: Element) -> str | None:
    price = _amount(line, "a:Price/b:PriceAmount")
    base = Decimal(_amount(line, "a:Price/b:BaseQuantity") or "1")
    if price is None or base == 1:
        return price
    # The price of a dozen is not a unit price; without one, the product is not checked.
    return None if base == 0 else plain(str(Decimal(price) / base))


def _line_discount(line: Element) -> str | None:
    total = sum(
        (
            Decimal(plain(_text(row, "b:Amount") or "0")) * -_sign(row)
            for row in line.iterfind("a:AllowanceCharge", _NAMESPACES)
        ),
        Decimal(0),
    )
    return plain(str(total)) if total else None


def _sign(row: Element) -> int:
    return 1 if _text(row, "b:ChargeIndicator") == "true" else -1


def _document_charges(root: Element) -> Iterator[dict[str, JSON]]:
    for row in root.iterfind("a:AllowanceCharge", _NAMESPACES):
        amount = Decimal(plain(_text(row, "b:Amount") or "0")) * _sign(row)
        yield _given(
            {
                "kind": "charge" if _sign(row) > 0 else "discount",
                "description": _text(row, "b:AllowanceChargeReason"),
                "net": plain(str(amount)),
                "price_includes_tax": False,
                **_tax(row, "a:TaxCategory"),
            }
        )


def _tax(holder: Element, path: str) -> dict[str, JSON]:
    category = _text(holder, f"{path}/b:ID")
    rate = _amount(holder, f"{path}/b:Percent")
    if rate is not None:
        rate = rate.rstrip("0").rstrip(".") if "." in rate else rate
    return {"tax_category": category, "tax_rate": rate}


def _breakdown(root: Element) -> Iterator[dict[str, JSON]]:
    for total in root.iterfind("a:TaxTotal", _NAMESPACES):
        for row in total.iterfind("a:TaxSubtotal", _NAMESPACES):
            yield _given(
                {
                    **_tax(row, "a:TaxCategory"),
                    "taxable_amount": _amount(row, "b:TaxableAmount"),
                    "tax_amount": _amount(row, "b:TaxAmount"),
                    "includes_tax": False,
                }
            )


def _totals(root: Element) -> dict[str, JSON]:
    names = {
        "line_total": "LineExtensionAmount",
        "discount_total": "AllowanceTotalAmount",
        "charge_total": "ChargeTotalAmount",
        "total": "TaxInclusiveAmount",
        "rounding": "PayableRoundingAmount",
        "paid": "PrepaidAmount",
    }
    totals = {
        name: _amount(root, f"a:LegalMonetaryTotal/b:{element}")
        for name, element in names.items()
    }
    return _given({**totals, "tax_total": _amount(root, "a:TaxTotal/b:TaxAmount")})


def _payments(root: Element) -> Iterator[dict[str, JSON]]:
    """Yield how it is paid, where one means covers the whole amount."""
    codes = [
        _text(row, "b:PaymentMeansCode")
        for row in root.iterfind("a:PaymentMeans", _NAMESPACES)
    ]
    due = _amount(root, "a:LegalMonetaryTotal/b:TaxInclusiveAmount")
    rounding = _amount(root, "a:LegalMonetaryTotal/b:PayableRoundingAmount") or "0"
    if len(codes) == 1 and due is not None:
        amount = Decimal(due) + Decimal(rounding)
        method = _PAYMENT_MEANS.get(codes[0] or "", "other")
        yield {"method": method, "amount": plain(str(amount))}


def _original(root: Element) -> dict[str, JSON] | None:
    path = "a:BillingReference/a:InvoiceDocumentReference"
    original = _given(
        {
            "receipt_number": _text(root, f"{path}/b:ID"),
            "issued_at": _text(root, f"{path}/b:IssueDate"),
        }
    )
    return original or None
