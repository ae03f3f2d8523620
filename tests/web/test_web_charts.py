"""Charts: every number stands in a table, beside words that say what it shows."""

import json

import pytest

from pds.web.portal import charts
from tests.web.conftest import sign_up, weight
from tests.web.test_web_data import deposit

CHOL = {"system": "http://loinc.org", "code": "13457-7", "display": "LDL"}


def lab(number, day, value, unit="mg/dL", **more):
    made = json.loads(weight(number, day, "1"))
    made["code"]["coding"] = [CHOL]
    quantity = {"system": "http://unitsofmeasure.org", "code": unit, "unit": unit}
    made["valueQuantity"] = {**quantity, "value": value}
    made["referenceRange"] = [
        {"low": {**quantity, "value": 65}, "high": {**quantity, "value": 139}}
    ]
    return json.dumps({**made, **more})


def receipt(number, day, total, name="食品", **more):
    return json.dumps(
        {
            "schema": "receipt/1",
            "receipt_type": "sale" if total >= 0 else "return",
            "issued_at": day,
            "detail_level": "itemized",
            "receipt_number": str(number),
            "seller": {"name": "みどり"},
            "currency": "JPY",
            "lines": [
                {
                    "kind": "item",
                    "net": str(total),
                    "description": "りんご",
                    "category": [{"scheme": "merchant", "name": name}],
                }
            ],
            "totals": {"total": str(total)},
            **more,
        }
    )


@pytest.fixture
def bring(bank, hanako):
    return lambda *lines: deposit(bank, hanako, "\n".join(lines).encode())


def test_without_data_there_is_nothing_to_draw(person):
    assert "nothing to draw yet" in person.get("/data/charts").text
    for kind in ("weight", "lab", "spending"):
        page = person.get(f"/data/charts/{kind}")
        assert "nothing to draw in this period" in page.text


def test_an_unknown_chart_is_not_found(person):
    person.get("/data/charts/souls", 404)


def test_the_overview_leads_to_what_there_is(person, records, bring):
    bring(receipt(1, "2026-02-01", 500))

    page = person.get("/data/charts")

    assert "/data/charts/weight" in page.links
    assert "/data/charts/spending" in page.links
    assert "/data/charts/steps" not in page.links
    assert "Newest: Body weight 71.9 kg" in page.text


def test_each_number_of_the_picture_stands_in_the_table(person, records):
    page = person.get("/data/charts/weight?period=all")

    assert page.response.text.count("<data value=") == records
    assert '<data value="60.0">60.0</data>' in page.response.text
    assert "Body weight: latest 71.9 kg, April 30, 2026." in page.text
    assert "120 values, from 60.0 to 71.9." in page.text


def test_rows_are_put_into_steps_when_asked(person, records):
    page = person.get("/data/charts/weight?period=all&by=month")

    assert page.response.text.count("<data value=") == 4
    assert "Jan 2026 61.50 60.0 – 63.0 31" in page.text


def test_too_many_rows_are_put_into_steps_and_said(person, records, monkeypatch):
    monkeypatch.setattr(charts, "_MOST_ROWS", 30)

    page = person.get("/data/charts/weight?period=all")

    assert "There are so many values that they are put together: By week." in page.text


def test_more_records_than_are_opened_are_said(person, records, monkeypatch):
    monkeypatch.setattr(charts, "_MOST_OPENED", 50)
    monkeypatch.setattr(charts, "_AT_ONCE", 50)

    page = person.get("/data/charts/weight?period=all")

    assert "Only the newest 50 records are drawn." in page.text
    assert page.response.text.count("<data value=") == 50


def test_a_reference_range_is_told_in_words(person, bring):
    bring(
        lab(1, "2026-01-01", 100),
        lab(2, "2026-02-01", 150),
        lab(3, "2026-03-01", 60),
    )

    page = person.get("/data/charts/lab?period=all")

    assert "150 65 – 139 Above it" in page.text
    assert "60 65 – 139 Below it" in page.text
    assert "100 65 – 139 Within it" in page.text
    assert "2 values lie outside their reference range." in page.text
    assert 'data-low="65" data-high="139"' in page.response.text


def test_another_unit_is_another_table(person, bring):
    other = json.loads(lab(2, "2026-02-01", 3))
    other["code"]["coding"] = [{"system": "urn:x", "code": "q", "display": "Q<b>"}]
    same = json.loads(json.dumps(other))
    same["id"] = "w3"
    same["valueQuantity"] |= {"code": "g/L", "unit": "g/L", "value": 5}
    bring(lab(1, "2026-01-01", 100), json.dumps(other), json.dumps(same))

    page = person.get("/data/charts/lab?period=all")

    assert page.response.text.count('<figure class="chart"') == 3
    assert "Q<b>" not in page.response.text
    assert "Q&lt;b&gt; (mg/dL)" in page.response.text
    assert "Q&lt;b&gt; (g/L)" in page.response.text


def test_a_bound_is_shown_and_in_no_average(person, bring):
    low = json.loads(lab(1, "2026-01-01", 5))
    low["valueQuantity"]["comparator"] = "<"
    bring(json.dumps(low), lab(2, "2026-01-02", 80), lab(3, "2026-01-03", 90))

    each = person.get("/data/charts/lab?period=all")
    month = person.get("/data/charts/lab?period=all&by=month")

    assert "<5 65 – 139 Below it" in each.text
    assert "1 value is only a bound" in each.text
    assert "85.0 80 – 90 3" in month.text


def test_a_record_without_a_number_is_counted_in_words(person, bring):
    empty = json.loads(lab(1, "2026-01-01", 5))
    del empty["valueQuantity"], empty["referenceRange"]
    empty["valueString"] = "not readable"
    bring(json.dumps(empty), lab(2, "2026-01-02", 80))

    page = person.get("/data/charts/lab?period=all")

    assert "1 record has no number and is not drawn." in page.text


def test_one_item_can_be_chosen(person, bring):
    bring(lab(1, "2026-01-01", 80), lab(2, "2026-01-02", 90, code={"text": "Iron"}))
    page = person.get("/data/charts/lab?period=all")
    one = next(x for x in page.links if "item=ldl" in x and "lang=" not in x)

    alone = person.get(one)

    assert page.response.text.count('<figure class="chart"') == 2
    assert alone.response.text.count('<figure class="chart"') == 1


@pytest.mark.parametrize("kind", ["weight", "lab", "spending"])
@pytest.mark.parametrize(
    "asked", ["period=x", "by=century", "item=%3Cscript%3E", "period=x&by=" + "9" * 999]
)
def test_junk_shows_the_usual_page(person, records, kind, asked):
    page = person.get(f"/data/charts/{kind}?{asked}")

    assert ("There is no such period." in page.text) == ("period" in asked)
    assert "<script>" not in page.response.text


def test_spending_is_told_by_month_and_kind(person, bring):
    bring(
        receipt(1, "2026-01-05", 500),
        receipt(2, "2026-01-06", 1500, "<b>日用</b>"),
        receipt(3, "2026-02-06", -200),
    )

    page = person.get("/data/charts/spending?period=all")

    assert "1,800 yen in 2 months, refunds taken off." in page.text
    assert "Most in Jan 2026: 2,000 yen." in page.text
    assert "Feb 2026 -200" in page.text
    assert "&lt;b&gt;日用&lt;/b&gt;" in page.response.text
    assert "<b>日用" not in page.response.text


def test_currencies_are_never_added(person, bring):
    bring(
        receipt(1, "2026-01-05", 500),
        receipt(2, "2026-01-06", 700, currency="USD"),
    )

    page = person.get("/data/charts/spending?period=all")

    assert page.response.text.count('<figure class="chart"') == 4
    assert "1,200" not in page.text


def test_charts_show_only_ones_own(person, records, portal, bank):

    sign_up(bank, "taro")

    page = portal("taro").get("/data/charts/weight?period=all")

    assert "<data value=" not in page.response.text
