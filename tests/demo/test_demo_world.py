"""The demo world is repeatable, whole and adds up."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from defusedxml.ElementTree import fromstring

from pds.cli.demo import world
from pds.cli.demo.invoices import invoice
from pds.cli.demo.shopping import Line, Purchase
from pds.cli.demo.shops import shops
from pds.core.clock import TOKYO

LAST_DAY = date(2026, 3, 31)
LAST_DAY_NOON = datetime(2026, 3, 31, 12, 0, tzinfo=TOKYO)
FIRST_DAY = LAST_DAY - timedelta(days=world.DAYS - 1)
UBL = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


@pytest.fixture(scope="module")
def people():
    return world.build(LAST_DAY)


def content(person, name):
    return next(each.content for each in person.files if each.name == name)


def observations(person):
    lines = content(person, "home-measurements.ndjson").splitlines()
    return [json.loads(line) for line in lines]


def clinic(person):
    entries = json.loads(content(person, "clinic.json"))["entry"]
    return [entry["resource"] for entry in entries]


def tills(person):
    return json.loads(content(person, "receipts.json"))


def test_same_seed_and_day_give_the_same_bytes(people):
    again = world.build(LAST_DAY)
    other = world.build(LAST_DAY, seed=world.SEED + 1)

    assert again == people
    assert other != people


def test_every_person_has_two_years_of_each_measure(people):
    for person in people:
        made = observations(person)
        days = Counter(
            each["effectiveDateTime"]
            for each in made
            if each["code"]["coding"][0]["code"] == "41950-7"
        )
        codes = {each["code"]["coding"][0]["code"] for each in made}

        assert len(days) == world.DAYS
        assert set(days.values()) == {1}
        assert min(days) == FIRST_DAY.isoformat()
        assert max(days) == LAST_DAY.isoformat()
        assert codes == {
            "85354-9",
            "8867-4",
            "29463-7",
            "8310-5",
            "59408-5",
            "41950-7",
            "93832-4",
        }


def test_blood_pressure_is_higher_in_winter_and_falls_under_treatment(people):
    pressures = [
        (
            each["effectiveDateTime"],
            each["component"][0]["valueQuantity"]["value"],
            each["component"][1]["valueQuantity"]["value"],
        )
        for each in observations(people[0])
        if "component" in each
    ]
    winter = [high for when, high, _ in pressures if when[5:7] == "01"]
    summer = [high for when, high, _ in pressures if when[5:7] == "07"]
    first = [high for when, high, _ in pressures if when[:7] == "2024-05"]
    later = [high for when, high, _ in pressures if when[:7] == "2025-05"]

    assert all(30 < low < high < 250 for _, high, low in pressures)
    assert sum(winter) / len(winter) > sum(summer) / len(summer) + 5
    assert sum(later) / len(later) < sum(first) / len(first)


def test_ids_are_unique_and_nobody_is_named_twice(people):
    ids = [each["id"] for p in people for each in observations(p) + clinic(p)]
    patients = [x for p in people for x in clinic(p) if x["resourceType"] == "Patient"]

    assert len(set(ids)) == len(ids)
    assert len({x["name"][0]["text"] for x in patients}) == 3


def test_clinic_holds_checkups_tests_drugs_and_vaccines(people):
    kinds = Counter(each["resourceType"] for each in clinic(people[0]))
    checkup = [
        each["effectiveDateTime"]
        for each in clinic(people[0])
        if each["resourceType"] == "Observation"
        and each["code"]["coding"][0]["system"].endswith("6.1005")
    ]

    assert kinds["Patient"] == 1
    assert kinds["MedicationRequest"] >= 23
    assert kinds["Immunization"] == 4
    assert len(set(checkup)) == 2
    assert len(checkup) == 2 * 17


def test_receipts_add_up_to_the_yen(people):
    for person in people:
        for each in tills(person):
            lines, taxes = each["lines"], each["tax_breakdown"]
            totals = {key: int(value) for key, value in each["totals"].items()}
            net = sum(int(line["net"]) for line in lines)
            tax = sum(int(share["tax_amount"]) for share in taxes)
            included = lines[0]["price_includes_tax"]

            assert net == totals["line_total"]
            assert tax == totals["tax_total"]
            assert totals["total"] == (net if included else net + tax)
            assert totals["paid"] - totals["change"] == totals["total"]
            for line in lines:
                gross = int(line["quantity"]) * int(line["unit_price"])
                assert int(line["net"]) == gross - int(line["discount"])


def test_tax_of_a_rate_is_rounded_once(people):
    for person in people:
        for each in tills(person):
            for share in each["tax_breakdown"]:
                rate = Decimal(share["tax_rate"])
                base = 100 + rate if share["includes_tax"] else Decimal(100)
                exact = abs(Decimal(share["taxable_amount"])) * rate / base

                assert 0 <= exact - abs(int(share["tax_amount"])) < 1


def test_there_are_returns_over_the_counter_medicine_and_both_rates(people):
    everything = [each for person in people for each in tills(person)]
    returns = [each for each in everything if each["receipt_type"] == "return"]
    numbers = {each["receipt_number"] for each in everything}
    lines = [line for each in everything for line in each["lines"]]

    assert returns
    assert all(int(each["totals"]["total"]) < 0 for each in returns)
    assert any(
        each["original_receipt"]["receipt_number"] in numbers for each in returns
    )
    assert any(line["category"][0]["name"] == "OTC医薬品" for line in lines)
    assert {line["tax_rate"] for line in lines} == {"8", "10"}


def test_invoices_add_up_to_the_yen(people):
    invoices = [
        fromstring(each.content)
        for person in people
        for each in person.files
        if each.media_type == "application/xml"
    ]

    assert invoices
    for root in invoices:
        amounts = [int(x.text) for x in root.iter(f"{UBL}LineExtensionAmount")]
        total, lines = amounts[0], amounts[1:]
        tax = [int(x.text) for x in root.iter(f"{UBL}TaxAmount")]
        payable = next(root.iter(f"{UBL}PayableAmount"))
        assert total == sum(lines)
        assert tax[0] == sum(tax[1:])
        assert int(payable.text) == total + tax[0]


def test_an_invoice_says_its_discounts_and_returns():
    shop = shops()["catalogue"]
    at = LAST_DAY_NOON
    cut = Purchase(shop, "1", "01", at, (Line(shop.products[0], 1, 248),), "bank")
    back = Purchase(shop, "2", "01", at, (Line(shop.products[0], -1, 0),), "bank", "1")

    assert '<cbc:Amount currencyID="JPY">248</cbc:Amount>' in invoice(cut)
    assert ">-2480</cbc:LineExtensionAmount>" in invoice(back)
    assert ">-248</cbc:TaxAmount>" in invoice(back)


def test_prices_with_tax_cannot_become_an_invoice():
    shop = shops()["bakery"]
    bought = Purchase(
        shop, "1", "01", LAST_DAY_NOON, (Line(shop.products[0], 1, 0),), "cash"
    )

    with pytest.raises(ValueError, match="without tax"):
        invoice(bought)


def test_article_and_registration_numbers_carry_right_check_digits():
    for shop in shops().values():
        digits = [int(x) for x in reversed(shop.invoice_reg_no[2:])]
        weighed = sum(x * (1 + place % 2) for place, x in enumerate(digits))
        assert int(shop.invoice_reg_no[1]) == 9 - weighed % 9
        for product in shop.products:
            code = [int(x) for x in product.gtin]
            weighed = sum(x * (1 + 2 * (place % 2)) for place, x in enumerate(code))
            assert weighed % 10 == 0
