"""Rules, rows and suppression: what can never be in a set, whatever persons hold."""

import copy
import json
import secrets
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pds.core.errors import Invalid
from pds.core.vocabulary import Sensitivity, categories, dataset_rules
from pds.core.vocabulary.dataset_rules import CURRENT, DataSetKind
from pds.core.vocabulary.words import read_file
from pds.datasets import rows, suppressing, writing
from pds.datasets.writing import Head
from pds.vault.tables import vault_record

VECTORS = Path(__file__).parents[1] / "vectors" / "dataset"
BOTH = pytest.mark.parametrize("kind", list(DataSetKind))
CANARY = "カナリア"
FIRST = date(2026, 1, 1)


def read(headers, kind=DataSetKind.ANONYMISED, person=1, born=date(1980, 6, 15)):
    found = [
        each
        for category, day, header in headers
        for each in rows.readings(CURRENT, category, day, header)
    ]
    return rows.of_person(CURRENT, kind, person, born, found)


def weight(value, **more):
    return {"concept": "body_weight", "value": value, "unit": "kg", **more}


def told(kind, k, found):
    kept = suppressing.suppress(CURRENT, kind, k, Counter(found))
    head = Head(kind=kind, k=k, first_month="2026-01", last_month="2026-03")
    lines = list(writing.lines(CURRENT, head, kept, secrets.token_bytes))
    return kept, [json.loads(line) for line in lines]


def test_every_category_is_thought_of_and_special_care_is_in_no_set():
    assert set(CURRENT.categories) | CURRENT.dropped == set(categories.ALL)
    careful = (Sensitivity.SPECIAL_CARE, Sensitivity.PROHIBITED)
    for name, category in categories.ALL.items():
        if category.sensitivity in careful:
            assert name in CURRENT.dropped


def test_every_clear_column_of_a_record_is_thought_of():
    said = set(read_file("dataset_rules.json")["record"])
    names = {"sealed": "payload"}
    for column in (each.name for each in vault_record.columns):
        assert names.get(column, column) in said


def changed(path, value):
    found = copy.deepcopy(read_file("dataset_rules.json"))
    place = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return found


SLEEP = read_file("dataset_rules.json")["categories"]["health.sleep"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["version"], 2),
        (["more"], 1),
        (["categories", "health.sleepless"], "drop"),
        (["categories", "health.lab"], SLEEP),
        (["person", "name"], "publish"),
        (["categories", "health.nutrition"], SLEEP),
        (["categories", "health.sleep"], [SLEEP[0] | {"low": "10"}]),
        (["categories", "health.sleep"], [SLEEP[0] | {"step": {"anonymised": "1"}}]),
        (["categories", "health.sleep"], [SLEEP[0] | {"words": {"ja": "x"}}]),
    ],
)
def test_rules_that_do_not_hold_together_are_refused(path, value):
    with pytest.raises(ValueError, match=r"\w"):
        dataset_rules.parse(changed(path, value))


def test_unknown_versions_are_refused():
    assert dataset_rules.of_version(1) is CURRENT
    with pytest.raises(Invalid):
        dataset_rules.of_version(2)


@pytest.mark.parametrize(
    ("age", "band"),
    [(18, "-29"), (29, "-29"), (30, "30-39"), (79, "70-79"), (80, "80-"), (104, "80-")],
)
def test_ages_are_bands_with_open_ends(age, band):
    assert CURRENT.age.of(age) == band


def test_a_month_is_one_rounded_and_bounded_number():
    days = [FIRST + timedelta(days=n) for n in range(3)]
    headers = [
        ("health.vital.weight", day, weight(text))
        for day, text in zip(days, ("61.4", "62.0", "66.3"), strict=True)
    ]

    (row,) = read(headers)
    (finer,) = read(headers, DataSetKind.PSEUDONYMISED)
    (heavy,) = read([("health.vital.weight", FIRST, weight("182.5"))])

    assert (row.month, row.age_band) == ("2026-01", "40-49")
    assert row.values == ("65",)
    assert "63" in finer.values
    assert heavy.values == ("100",)


def test_means_per_day_and_sums():
    steps = {"concept": "steps", "unit": "{steps}"}
    headers = [
        ("health.activity.steps", FIRST, steps | {"value": "3000"}),
        ("health.activity.steps", FIRST, steps | {"value": "4000"}),
        ("health.activity.steps", FIRST + timedelta(days=1), steps | {"value": "5200"}),
        ("purchase.receipt", FIRST, {"value": "12800", "unit": "JPY", "shop": CANARY}),
        ("purchase.receipt", FIRST, {"value": "14000", "unit": "JPY"}),
    ]
    assert {each.category: each.values for each in read(headers)} == {
        "health.activity.steps": ("6000",),
        "purchase.receipt": ("30000",),
    }


@pytest.mark.parametrize(
    "header",
    [
        {},
        weight("sixty"),
        weight("NaN"),
        weight("1e30"),
        weight("60", comparator="<"),
        weight("60") | {"unit": "[lb_av]"},
        weight("60") | {"concept": "fat"},
    ],
)
def test_what_is_no_sound_number_is_left_out(header):
    assert read([("health.vital.weight", FIRST, header)]) == []


def test_dropped_categories_are_never_looked_at():
    assert read([(each, FIRST, weight("60")) for each in CURRENT.dropped]) == []


def test_both_pressures_stand_in_one_row():
    parts = [
        {"concept": "bp_systolic", "value": "128", "unit": "mm[Hg]"},
        {"concept": "bp_diastolic", "value": "81", "unit": "mm[Hg]"},
    ]
    (row,) = read([("health.vital.blood-pressure", FIRST, {"components": parts})])
    assert row.values == ("130", "80")


PEOPLE = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["health.vital.weight", "health.lab"]),
            st.integers(0, 60),
            st.sampled_from(["55", "61", "70", "140"]),
        ),
        max_size=4,
    ),
    max_size=40,
)


@BOTH
@settings(max_examples=40, deadline=None)
@given(people=PEOPLE, k=st.integers(1, 8), data=st.data())
def test_no_group_is_below_k_and_nothing_dropped_appears(kind, people, k, data):
    """Whatever persons hold: groups of k, random ids only, no marked value."""
    found = []
    for number, held in enumerate(people, 1):
        born = date(data.draw(st.sampled_from([1950, 1985])), 6, 15)
        more = {"text": CANARY, "provenance": CANARY, "id": f"{CANARY}{number}"}
        headers = [
            (category, FIRST + timedelta(days=day), weight(value) | more)
            for category, day, value in held
        ]
        found += read(headers, kind, number, born)

    kept, (head, *lines) = told(kind, k, found)

    least = max(k, CURRENT.least_k)
    groups, values = Counter(), Counter()
    for row, count in kept.items():
        groups[row.month, row.age_band, row.category] += count
        for place, value in enumerate(row.values):
            if value is not None:
                values[row.month, row.age_band, row.category, place, value] += count
        assert any(row.values)
    assert all(each >= least for each in (*groups.values(), *values.values()))
    allowed = {"id", "month", "age_band", "category", "person"}
    allowed |= {each.name for each in CURRENT.measures}
    assert all(set(line) <= allowed for line in lines)
    assert CANARY not in str(lines)
    assert head["rows"] == len(lines) == sum(kept.values())
    ids = [line["id"] for line in lines]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    if kind is DataSetKind.ANONYMISED:
        whole = Counter(json.dumps(line | {"id": ""}, sort_keys=True) for line in lines)
        assert all(count >= least for count in whole.values())
        assert not any("person" in line for line in lines)
    else:
        months = Counter((line["person"], line["month"]) for line in lines)
        assert set(months.values()) <= {1}


def crowd(*values):
    """Return rows of persons, one for each of the values."""
    return Counter(
        rows.Row(0, "2026-01", "40-49", "health.vital.weight", (value,))
        for value in values
    )


def test_a_group_that_is_of_one_mind_is_taken_out():
    """Who knows that somebody is in the group would know the value."""
    same, mixed = crowd(*["60"] * 30), crowd(*["60"] * 20, *["65"] * 10)

    assert suppressing.suppress(CURRENT, DataSetKind.ANONYMISED, 5, same) == {}
    kept = suppressing.suppress(CURRENT, DataSetKind.ANONYMISED, 5, mixed)
    assert kept == mixed


def test_outliers_are_taken_out():
    found = crowd(*["60"] * 6, *["65"] * 6, "100")
    kept = suppressing.suppress(CURRENT, DataSetKind.ANONYMISED, 5, found)
    assert {row.values for row in kept} == {("60",), ("65",)}


@BOTH
def test_many_records_of_one_person_are_one_person(kind):
    """A person has one row in a month and category, so counts of rows are persons."""
    headers = [
        (category, FIRST + timedelta(days=day % 31), weight(str(50 + day)))
        for category in ("health.vital.weight", "health.lab")
        for day in range(40)
    ]
    found = read(headers, kind)
    assert len({(row.month, row.category) for row in found}) == len(found)
    assert suppressing.suppress(CURRENT, kind, 5, Counter(found)) == {}


def test_rows_of_an_anonymised_set_know_no_person():
    """So equal rows are one value with a count, whoever they are of."""
    once, again = (
        read([("health.vital.weight", FIRST, weight("60"))], person=n) for n in (1, 2)
    )
    assert once == again


def test_nobody_can_ask_for_less_than_the_floor_of_the_rules():
    few = crowd(*["60"] * 3, *["65"] * 3)
    for kind in DataSetKind:
        assert suppressing.suppress(CURRENT, kind, 1, few) == {}


def test_two_makings_have_no_id_in_common():
    """The same persons twice: nothing in one file joins a row to the other."""
    wide = [
        rows.Row(
            n, "2026-01", "40-49", "", ("120", *[None] * (len(CURRENT.measures) - 1))
        )
        for n in range(6)
    ]
    once, again = (told(DataSetKind.PSEUDONYMISED, 5, wide)[1][1:] for _ in range(2))
    for name in ("id", "person"):
        assert len({row[name] for row in once + again}) == 12


def test_the_first_line_says_what_is_forbidden():
    for kind in DataSetKind:
        head = told(kind, 5, [])[1][0]
        assert head["format"] == "infobank-dataset/1"
        assert head["kind"] == kind.value
        assert set(head["duties"]) == {"ja", "en"}


@BOTH
def test_the_fixed_vectors(kind):
    """A program in another language makes the same file from the same numbers."""
    given_ = json.loads((VECTORS / "made.json").read_text(encoding="utf-8"))
    found = []
    for number, each in enumerate(given_["persons"], 1):
        born = date.fromisoformat(each["birth_date"])
        headers = [
            (category, date.fromisoformat(day), header)
            for category, day, header in each["records"]
        ]
        found += read(headers, kind, number, born)
    counter = iter(range(10_000))
    kept = suppressing.suppress(CURRENT, kind, given_["k"], Counter(found))
    head = Head(kind=kind, k=given_["k"], first_month="2026-01", last_month="2026-01")
    made = writing.lines(CURRENT, head, kept, lambda size: next(counter).to_bytes(size))
    expected = (VECTORS / f"{kind.value}.ndjson").read_bytes()
    assert b"".join(made) == expected


def test_chunks_put_lines_together():
    parts = [b"a" * 700_000, b"b" * 700_000, b"c"]
    found = list(writing.chunks(iter(parts)))
    assert [len(each) for each in found] == [writing.CHUNK, 1_400_001 - writing.CHUNK]
    assert b"".join(found) == b"".join(parts)
    assert not list(writing.chunks(iter([])))


def test_steps_of_the_rules_are_coarser_for_what_may_leave():
    for each in CURRENT.measures:
        assert each.step[DataSetKind.ANONYMISED] > each.step[DataSetKind.PSEUDONYMISED]
        assert each.high - each.low >= 2 * each.step[DataSetKind.ANONYMISED]
        assert each.low % each.step[DataSetKind.ANONYMISED] in (Decimal(0), each.low)
