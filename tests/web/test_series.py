"""Series: no reading is lost, no units are mixed, sums are exact."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pds.web.portal import series
from pds.web.portal.series import Reading, Step
from providers.numbers import number

numbers = st.decimals(min_value="-99999", max_value="99999", places=3, allow_nan=False)
readings = st.lists(
    st.builds(
        Reading,
        st.sampled_from(["ldl", "hdl"]),
        st.just("name"),
        st.sampled_from(["mg/dL", "mmol/L", ""]),
        st.integers(-800, 22000),
        st.sampled_from(["", "2026-01-01T08:00:00+09:00"]),
        numbers,
        st.sampled_from(["", "", "<", ">="]),
    ),
    max_size=60,
)


@given(readings, st.sampled_from(Step))
def test_each_reading_is_in_one_row_and_sums_are_exact(found, step):
    gathered = series.gather(found)
    rows = [row for each in gathered for row in series.buckets(each, step)]

    assert Counter(r for row in rows for r in row.readings) == Counter(found)
    assert sum(row.count for row in rows) == len(found)
    exact = [r.value for r in found if not r.comparator]
    assert sum((row.total for row in rows), Decimal(0)) == sum(exact, Decimal(0))
    assert sum(row.exact for row in rows) == len(exact)


@given(readings)
def test_units_are_never_mixed(found):
    for each in series.gather(found):
        assert {(r.measure, r.unit) for r in each.readings} == {
            (each.measure, each.unit)
        }
        assert list(each.readings) == sorted(each.readings, key=lambda r: r.day) or len(
            {r.day for r in each.readings}
        ) < len(each.readings)


@given(readings, st.sampled_from(Step))
def test_a_mean_lies_between_the_least_and_the_most(found, step):
    for each in series.gather(found):
        for row in series.buckets(each, step):
            if row.mean is None:
                assert row.exact == 0
            else:
                assert row.least <= row.mean <= row.most


@given(readings, st.integers(1, 40))
def test_the_step_is_the_finest_that_fits(found, most):
    gathered = series.gather(found)
    step = series.step_for(gathered, most)
    finer = list(Step)[: list(Step).index(step)]

    def fits(one):
        return all(len(series.buckets(each, one)) <= most for each in gathered)

    assert step is Step.MONTH or fits(step)
    assert not any(fits(one) for one in finer)


@pytest.mark.parametrize(
    "text", [None, 5, "", "NaN", "Infinity", "1E99", "-1E-80", "<5", "9" * 41, "１x"]
)
def test_what_is_no_number_is_none(text):
    assert number(text) is None


@pytest.mark.parametrize("text", ["0", "0.000", "7.00", "-12.5", "1E2"])
def test_a_number_keeps_its_digits(text):
    assert str(number(text)) == str(Decimal(text))


def test_weeks_begin_on_monday_and_months_on_the_first():
    sunday = 20780 - 1  # 2026-11-22

    assert series.start_of(sunday, Step.WEEK).isoformat() == "2026-11-16"
    assert series.start_of(sunday, Step.MONTH).isoformat() == "2026-11-01"
    assert series.start_of(-1, Step.DAY).isoformat() == "1969-12-31"


def test_parts_of_a_panel_are_readings_of_their_own():
    header = {
        "codes": [{"system": "s", "code": "85354-9", "display": "BP"}],
        "concept": "blood_pressure",
        "time": {"start": "2026-11-22T21:53:00+09:00"},
        "components": [
            {"concept": "bp_systolic", "unit": "mm[Hg]", "value": "146"},
            {"concept": "bp_diastolic", "unit": "mm[Hg]"},
            {"code": "x", "unit": "1", "value": "2"},
        ],
    }

    found = series.of_header(header, 5, b"id")

    assert [(r.measure, r.value) for r in found] == [
        ("bp_systolic", Decimal(146)),
        ("x", Decimal(2)),
    ]


@pytest.mark.parametrize(
    ("value", "comparator", "below", "above"),
    [
        ("3", "", True, False),
        ("4", "", False, False),
        ("9", "", False, True),
        ("3", "<", True, False),
        ("5", "<", False, False),
        ("9", "<", False, False),
        ("9", ">", False, True),
        ("3", ">", False, False),
    ],
)
def test_out_of_range_is_said_only_where_it_is_certain(value, comparator, below, above):
    reading = Reading(
        "m", "m", "u", 1, "", Decimal(value), comparator, Decimal(4), Decimal(8)
    )

    assert (reading.is_below, reading.is_above) == (below, above)


@pytest.mark.parametrize(
    "text", ["5." + "0" * 30 + "1", "9999999999." + "9" * 29, "0.000000000" + "1" * 29]
)
@pytest.mark.parametrize("step", Step)
def test_a_number_of_many_digits_is_drawn_like_any_other(text, step):
    found = series.of_header({"concept": "ldl", "value": text}, 20_000, b"")
    (row,) = series.buckets(*series.gather(found * 2), step)[:1]

    assert row.mean == Decimal(text)
