"""Purchases written as JP PINT invoices (UBL 2.1), as mail-order houses send them.

Source: the structure of Peppol's JP PINT billing 1 specification; prices are without
tax and a return is an invoice with negative quantities.
"""

from html import escape

from pds.cli.demo.shopping import Line, Purchase, TaxShare

_NAMESPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" '
    "xmlns:cac="
    '"urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
_SCHEME = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
_LOWER_RATE = 8


def invoice(purchase: Purchase) -> str:
    """Return one invoice as XML text with its declaration.

    Raises:
        ValueError: the shop's prices include tax, which JP PINT cannot say.
    """
    if purchase.shop.price_includes_tax:
        raise ValueError("A JP PINT invoice needs prices without tax.")
    day = purchase.at.date().isoformat()
    lines = enumerate(purchase.lines, start=1)
    return "".join(
        (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Invoice {_NAMESPACES}>',
            "<cbc:CustomizationID>urn:peppol:pint:billing-1@jp-1</cbc:CustomizationID>",
            "<cbc:ProfileID>urn:peppol:bis:billing</cbc:ProfileID>",
            f"<cbc:ID>{escape(purchase.number)}</cbc:ID>",
            f"<cbc:IssueDate>{day}</cbc:IssueDate>",
            "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>",
            "<cbc:DocumentCurrencyCode>JPY</cbc:DocumentCurrencyCode>",
            f"<cac:InvoicePeriod><cbc:StartDate>{day}</cbc:StartDate>",
            f"<cbc:EndDate>{day}</cbc:EndDate></cac:InvoicePeriod>",
            _seller(purchase),
            _taxes(purchase),
            _totals(purchase),
            *(_line(number, line) for number, line in lines),
            "</Invoice>\n",
        )
    )


def _seller(purchase: Purchase) -> str:
    number = purchase.shop.invoice_reg_no
    return (
        "<cac:AccountingSupplierParty><cac:Party>"
        f'<cbc:EndpointID schemeID="0188">{number[1:]}</cbc:EndpointID>'
        "<cac:PostalAddress><cac:Country>"
        "<cbc:IdentificationCode>JP</cbc:IdentificationCode>"
        "</cac:Country></cac:PostalAddress>"
        f"<cac:PartyTaxScheme><cbc:CompanyID>{number}</cbc:CompanyID>{_SCHEME}"
        "</cac:PartyTaxScheme><cac:PartyLegalEntity>"
        f"<cbc:RegistrationName>{escape(purchase.shop.name)}</cbc:RegistrationName>"
        f'<cbc:CompanyID schemeID="0188">{number[1:]}</cbc:CompanyID>'
        "</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>"
    )


def _taxes(purchase: Purchase) -> str:
    shares = "".join(_tax(share) for share in purchase.taxes)
    total = _amount("TaxAmount", purchase.tax_total)
    return f"<cac:TaxTotal>{total}{shares}</cac:TaxTotal>"


def _tax(share: TaxShare) -> str:
    return (
        "<cac:TaxSubtotal>"
        + _amount("TaxableAmount", share.amount)
        + _amount("TaxAmount", share.tax)
        + f"<cac:TaxCategory>{_rate(share.rate)}</cac:TaxCategory></cac:TaxSubtotal>"
    )


def _totals(purchase: Purchase) -> str:
    return (
        "<cac:LegalMonetaryTotal>"
        + _amount("LineExtensionAmount", purchase.line_total)
        + _amount("TaxExclusiveAmount", purchase.line_total)
        + _amount("TaxInclusiveAmount", purchase.total)
        + _amount("PayableAmount", purchase.total)
        + "</cac:LegalMonetaryTotal>"
    )


def _line(number: int, line: Line) -> str:
    product = line.product
    return (
        f"<cac:InvoiceLine><cbc:ID>{number}</cbc:ID>"
        f'<cbc:InvoicedQuantity unitCode="H87">{line.quantity}</cbc:InvoicedQuantity>'
        + _amount("LineExtensionAmount", line.net)
        + _discount(line)
        + f"<cac:Item><cbc:Name>{escape(product.name)}</cbc:Name>"
        "<cac:StandardItemIdentification>"
        f'<cbc:ID schemeID="0160">{product.gtin}</cbc:ID>'
        "</cac:StandardItemIdentification>"
        f"<cac:ClassifiedTaxCategory>{_rate(product.rate)}"
        "</cac:ClassifiedTaxCategory></cac:Item><cac:Price>"
        + _amount("PriceAmount", product.price)
        + '<cbc:BaseQuantity unitCode="H87">1</cbc:BaseQuantity>'
        "</cac:Price></cac:InvoiceLine>"
    )


def _discount(line: Line) -> str:
    if not line.discount:
        return ""
    return (
        "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        "<cbc:AllowanceChargeReason>値引き</cbc:AllowanceChargeReason>"
        + _amount("Amount", line.discount)
        + "</cac:AllowanceCharge>"
    )


def _rate(rate: int) -> str:
    category = "AA" if rate == _LOWER_RATE else "S"
    return f"<cbc:ID>{category}</cbc:ID><cbc:Percent>{rate}</cbc:Percent>{_SCHEME}"


def _amount(name: str, yen: int) -> str:
    return f'<cbc:{name} currencyID="JPY">{yen}</cbc:{name}>'
