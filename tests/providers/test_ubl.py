import json

import pytest

from providers.formats.reading import read
from providers.issues import FileRefused
from providers.records import Outcome
from tests.providers.conftest import NOW

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SPACES = (
    f'xmlns="{UBL}Invoice-2" xmlns:a="{UBL}CommonAggregateComponents-2" '
    f'xmlns:b="{UBL}CommonBasicComponents-2"'
)
TAX = "<a:{0}><b:ID>S</b:ID><b:Percent>10.0</b:Percent></a:{0}>"
BODY = f"""
<b:ID>42</b:ID><b:IssueDate>2026-06-01</b:IssueDate>
<b:DocumentCurrencyCode>JPY</b:DocumentCurrencyCode>
<a:BillingReference><a:InvoiceDocumentReference><b:ID>41</b:ID>
</a:InvoiceDocumentReference></a:BillingReference>
<a:AccountingSupplierParty><a:Party>
<a:PartyName><b:Name>さくら堂</b:Name></a:PartyName>
<a:PostalAddress><b:StreetName>四谷1</b:StreetName><b:CityName>新宿区</b:CityName>
<b:PostalZone>160-0004</b:PostalZone></a:PostalAddress>
<a:PartyTaxScheme><b:CompanyID>T8000020130001</b:CompanyID></a:PartyTaxScheme>
<a:PartyLegalEntity><b:RegistrationName>株式会社さくら</b:RegistrationName>
<b:CompanyID schemeID="0188">5835678256246</b:CompanyID></a:PartyLegalEntity>
<a:Contact><b:Name>青木</b:Name><b:Telephone>123456789018</b:Telephone></a:Contact>
</a:Party></a:AccountingSupplierParty>
<a:PaymentMeans><b:PaymentMeansCode>48</b:PaymentMeansCode></a:PaymentMeans>
<a:AllowanceCharge><b:ChargeIndicator>false</b:ChargeIndicator>
<b:AllowanceChargeReason>値引</b:AllowanceChargeReason><b:Amount>100</b:Amount>
{TAX.format("TaxCategory")}</a:AllowanceCharge>
<a:AllowanceCharge><b:ChargeIndicator>true</b:ChargeIndicator><b:Amount>50</b:Amount>
{TAX.format("TaxCategory")}</a:AllowanceCharge>
<a:TaxTotal><b:TaxAmount>205</b:TaxAmount><a:TaxSubtotal>
<b:TaxableAmount>2050</b:TaxableAmount><b:TaxAmount>205</b:TaxAmount>
{TAX.format("TaxCategory")}</a:TaxSubtotal></a:TaxTotal>
<a:LegalMonetaryTotal><b:LineExtensionAmount>2100</b:LineExtensionAmount>
<b:TaxInclusiveAmount>2255</b:TaxInclusiveAmount></a:LegalMonetaryTotal>
<a:InvoiceLine><b:ID>1</b:ID><b:InvoicedQuantity unitCode="H87">24</b:InvoicedQuantity>
<b:LineExtensionAmount>2100</b:LineExtensionAmount>
<a:AllowanceCharge><b:ChargeIndicator>false</b:ChargeIndicator><b:Amount>300</b:Amount>
</a:AllowanceCharge>
<a:Item><b:Name>鉛筆</b:Name><a:StandardItemIdentification>
<b:ID schemeID="0160">4987107609229</b:ID></a:StandardItemIdentification>
{TAX.format("ClassifiedTaxCategory")}</a:Item>
<a:Price><b:PriceAmount>1200</b:PriceAmount><b:BaseQuantity>12</b:BaseQuantity>
</a:Price></a:InvoiceLine>
"""


def one(body=BODY, head='<?xml version="1.0" encoding="UTF-8"?>'):
    data = f"{head}<Invoice {SPACES}>{body}</Invoice>".encode()
    (item,) = read(data, "application/xml", now=NOW)
    return item


def refused(data):
    with pytest.raises(FileRefused) as caught:
        read(data, "", now=NOW)
    return caught.value.issue.code


def test_an_invoice_becomes_a_receipt():
    item = one()

    assert item.issues == ()
    receipt = json.loads(item.records[0].payload)
    assert receipt["seller"] == {
        "name": "株式会社さくら",
        "store_name": "さくら堂",
        "corporate_number": "5835678256246",
        "invoice_reg_no": "T8000020130001",
        "postal_code": "1600004",
        "address": "新宿区四谷1",
    }
    assert receipt["lines"][0] == {
        "line_no": 1,
        "kind": "item",
        "description": "鉛筆",
        "gtin": "4987107609229",
        "quantity": "24",
        "unit": "H87",
        "unit_price": "100",
        "discount": "300",
        "net": "2100",
        "price_includes_tax": False,
        "tax_category": "S",
        "tax_rate": "10",
    }
    assert [line["net"] for line in receipt["lines"]] == ["2100", "-100", "50"]
    assert receipt["payments"] == [{"method": "credit", "amount": "2255"}]
    assert receipt["original_receipt"] == {"receipt_number": "41"}
    assert "青木" not in item.records[0].payload.decode()


def test_the_provenance_says_that_it_was_an_invoice():
    assert one().records[0].header["provenance"]["format"] == "ubl-2.1+xml"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<b:TaxAmount>205<", "<b:TaxAmount>260<", "RCP-A04"),
        ("<b:IssueDate>2026-06-01</b:IssueDate>", "", "RCP-S10"),
        ("LineExtensionAmount>2100<", "LineExtensionAmount>x<", "RCP-S11"),
        ("<b:Amount>50<", "<b:Amount>1E999<", "RCP-S11"),
        ("<b:Amount>50<", "<b:Amount>NaN<", "RCP-S11"),
        ("鉛筆", "123456789018", "INT-N01"),
        ("鉛筆", "4111 1111 1111 1111", "INT-N02"),
        ('unitCode="H87"', 'unitCode="ZZ9"', "RCP-S12"),
        ("AccountingSupplierParty", "Nobody", "RCP-S10"),
    ],
)
def test_a_bad_invoice_is_rejected_with_its_code(old, new, code):
    assert old in BODY

    item = one(BODY.replace(old, new))

    assert item.outcome is Outcome.REJECTED
    assert code in {issue.code for issue in item.issues}


def test_smaller_parts_may_be_missing():
    body = BODY.replace("<b:BaseQuantity>12", "<b:BaseQuantity>0")
    body = body.replace('schemeID="0188"', 'schemeID="0147"')
    body = body.replace('schemeID="0160"', 'schemeID="9999"')
    body = body.replace("160-0004", "?")
    body = body.replace("<b:PaymentMeansCode>48</b:PaymentMeansCode>", "")

    receipt = json.loads(one(body).records[0].payload)

    assert "unit_price" not in receipt["lines"][0]
    assert "gtin" not in receipt["lines"][0]
    assert receipt["seller"].keys().isdisjoint({"corporate_number", "postal_code"})
    assert receipt["payments"] == [{"method": "other", "amount": "2255"}]


LAUGHS = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>"""


@pytest.mark.parametrize(
    "head",
    [
        LAUGHS,
        '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_and_document_types_are_refused(head):
    assert refused(f"{head}<Invoice {SPACES}>&a;</Invoice>".encode()) == "PHR-F05"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<", "PHR-F02"),
        (b"<a><b></a>", "PHR-F02"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "PHR-F02"),
        (b'<?xml version="1.0" encoding="UTF-8"?><a>\x93\xfa</a>', "PHR-F02"),
        (b"<a/>", "PHR-F01"),
        (b"<a>" * 70 + b"</a>" * 70, "PHR-F04"),
        (b"<a>" + b"<b/>" * 400_001 + b"</a>", "PHR-F04"),
    ],
)
def test_other_xml_is_refused(data, code):
    assert refused(data) == code


def test_every_cut_of_an_invoice_is_refused_or_rejected():
    data = f"<Invoice {SPACES}>{BODY}</Invoice>".encode()

    for end in range(1, len(data), 97):
        assert refused(data[:end]) == "PHR-F02"
