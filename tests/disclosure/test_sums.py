"""Sums of records: exact numbers, and nothing that a sum may not say."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.periods import are_whole, first_of, last_of, over
from consent.terms import Window
from pds.core.vocabulary import DetailLevel
from pds.disclosure.sums import Sum
from tests.disclosure.sums import (
    PRESSURE,
    RECEIPT,
    STEPS,
    counted,
    opened,
    pressure,
    receipt,
)

DAY, MONTH = DetailLevel.DAY, DetailLevel.MONTH
ON = date(2026, 11, 3)
SCHEMA = json.loads(
    files("consent.schemas").joinpath("sum-1.schema.json").read_text("utf-8")
)
VECTORS = json.loads(
    Path("tests/vectors/disclosure/sums.json").read_text(encoding="utf-8")
)


def summed(*records, category=PRESSURE):
    found = Sum()
    for record in records:
        found.add(record)
    row = found.row(category, ON, ON)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(row))
    return json.loads(row)["payload"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["name"])
def test_vectors(vector):
    found = Sum()
    for n, each in enumerate(vector["records"]):
        found.add(
            opened(
                n,
                vector["category"],
                each["last_day"],
                each.get("header", {}),
                each.get("payload"),
                each["schema"],
            )
        )
    first, last = map(date.fromisoformat, (vector["first_day"], vector["last_day"]))
    assert found.row(vector["category"], first, last).decode() == vector["row"]


def test_a_blood_pressure_is_two_measures_and_tells_no_moment():
    payload = summed(
        opened(1, PRESSURE, 20760, pressure("118", "76")),
        opened(2, PRESSURE, 20760, pressure("131", "80")),
    )

    assert payload == {
        "count": 2,
        "measures": [
            {
                "code": "8462-4",
                "concept": "bp_diastolic",
                "count": 2,
                "max": "80",
                "mean": "78.0",
                "min": "76",
                "system": "http://loinc.org",
                "unit": "mm[Hg]",
            },
            {
                "code": "8480-6",
                "concept": "bp_systolic",
                "count": 2,
                "max": "131",
                "mean": "124.5",
                "min": "118",
                "system": "http://loinc.org",
                "unit": "mm[Hg]",
            },
        ],
    }


def test_steps_are_added_and_their_days_counted():
    payload = summed(
        opened(1, STEPS, 20760, counted("steps", "{steps}", "4000")),
        opened(2, STEPS, 20760, counted("steps", "{steps}", "1200")),
        opened(3, STEPS, 20761, counted("steps", "{steps}", "900")),
        category=STEPS,
    )

    (steps,) = payload["measures"]
    assert (steps["sum"], steps["days"], steps["count"]) == ("6100", 2, 3)
    assert "mean" not in steps


@pytest.mark.parametrize(
    "header",
    [
        {},
        counted("body_weight", "kg", "70", comparator="<"),
        counted("body_weight", "stone", "11"),
        counted("body_weight", "kg", "heavy"),
        counted("body_weight", "kg", "NaN"),
        counted("urine_protein", "", "1"),
        {"codes": [{"system": "urn:a", "code": "Taro"}], "value": "1", "unit": "x"},
        {"text": "a note", "value_code": "positive"},
    ],
)
def test_what_cannot_be_added_is_only_counted(header):
    assert summed(opened(1, "health.lab", 20760, header)) == {"count": 1}


def test_receipts_are_summed_by_standard_codes_and_name_no_shop():
    record = opened(
        1,
        RECEIPT,
        20760,
        {},
        receipt(
            "700",
            ("500", "gpc", "10000045"),
            ("150", "merchant", "SECRET"),
            ("50", "gpc", "10000045"),
        ),
        "receipt/1",
    )

    payload = summed(record, category=RECEIPT)

    assert payload["spending"] == [
        {
            "count": 1,
            "currency": "JPY",
            "kinds": [
                {"amount": "150"},
                {"amount": "550", "code": "10000045", "scheme": "gpc"},
            ],
            "total": "700",
        }
    ]
    assert "Corner" not in json.dumps(payload)


def test_what_is_kept_in_a_sensitive_record_is_in_no_sum():
    paid = receipt("1000", ("300", "gpc", "1"), is_partial=True)

    payload = summed(opened(1, RECEIPT, 20760, {}, paid, "receipt/1"), category=RECEIPT)

    assert payload["spending"][0]["total"] == "300"


def test_currencies_stay_apart_and_unreadable_totals_are_only_counted():
    payload = summed(
        opened(1, RECEIPT, 20760, {}, receipt("1.50", currency="EUR"), "receipt/1"),
        opened(2, RECEIPT, 20760, {}, receipt("-100"), "receipt/1"),
        opened(3, RECEIPT, 20760, {}, receipt("free"), "receipt/1"),
        category=RECEIPT,
    )

    assert payload["count"] == 3
    told = [(each["currency"], each["total"]) for each in payload["spending"]]
    assert told == [("EUR", "1.50"), ("JPY", "-100")]


numbers = st.integers(-99_999_999, 99_999_999).map(lambda n: Decimal(n) / 1000)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_sums_are_exact(values):
    records = [
        opened(
            n, "health.vital.weight", 20760, counted("body_weight", "kg", f"{v:.3f}")
        )
        for n, v in enumerate(values)
    ]

    (told,) = summed(*records, category="health.vital.weight")["measures"]

    exact = Fraction(sum(map(Fraction, values)), len(values))
    assert abs(Fraction(told["mean"]) - exact) <= Fraction(1, 20_000)
    assert Fraction(told["min"]) == Fraction(min(values))
    assert Fraction(told["max"]) == Fraction(max(values))


days = st.dates(date(1999, 1, 1), date(2101, 12, 31))


@given(days)
def test_months_are_whole(day):
    first, last = first_of(day, MONTH), last_of(day, MONTH)
    assert first <= day <= last
    assert (first.day, first.month, last.month) == (1, day.month, day.month)
    assert last_of(first, MONTH) == last
    assert first_of(day, DAY) == last_of(day, DAY) == day


@given(first=days, last=days, window=days, level=st.sampled_from([DAY, MONTH]))
def test_no_request_cuts_a_period(first, last, window, level):
    whole = are_whole(first, last, Window(window), level)
    begins = first in (window, first_of(first, level))
    assert whole is (begins and last == last_of(last, level))
    assert are_whole(None, None, Window(window), level)
    assert are_whole(first, last, Window(window), DetailLevel.RECORD)


@given(today=days, last=st.none() | days, level=st.sampled_from([DAY, MONTH]))
def test_only_periods_that_are_over_are_given(today, last, level):
    found = over(last, level, today)
    assert found < today
    if last is not None and last < today:
        assert found == last
    else:
        assert found == last_of(found, level)
        assert first_of(today, level) > found
