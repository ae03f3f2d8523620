import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.formats import fhir, prohibited
from providers.formats.fhir_templates import Templates, template_of
from providers.formats.surroundings import Entry, Surroundings
from providers.payload import Number
from tests.providers.conftest import NOW
from tests.providers.test_fhir_rules import observation, pressure, quantity

AROUND = Surroundings(now=NOW)
PERIOD = observation(
    effectiveDateTime=...,
    effectivePeriod={
        "start": "2026-06-01T00:00:00+09:00",
        "end": "2026-06-01T08:00:00+09:00",
    },
)


def test_id_time_and_value_make_no_difference():
    plain = template_of(observation())

    assert plain is not None
    assert plain == template_of(observation(id="a-1", valueQuantity=quantity(80)))
    assert plain == template_of(observation(effectiveDateTime="2026-06-02T09:00:00Z"))
    assert plain == template_of(observation(valueQuantity=quantity(Number("7.00"))))
    assert template_of(pressure(120, 80)) == template_of(pressure(121, 70))
    assert template_of(PERIOD) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"status": "amended"},
        {"valueQuantity": quantity(72, "kg")},
        {"subject": {"reference": "Device/1"}},
        {"component": [{}]},
        {"component": ["x"]},
        {"pulse": 1},
    ],
)
def test_anything_else_does(change):
    assert template_of(observation(**change)) != template_of(observation())


@pytest.mark.parametrize(
    "change",
    [
        {"id": 5},
        {"id": "a b"},
        {"effectiveDateTime": "2026-02-30T00:00:00Z"},
        {"effectiveDateTime": "2026-06-01"},
        {"effectiveDateTime": 5},
        {"issued": "1066-10-14T00:00:00Z"},
        {"effectivePeriod": {"start": "2026-06-01T00:00:00Z"}},
        {"effectivePeriod": {"start": "x", "end": "x"}},
        {"effectivePeriod": []},
        {
            "effectivePeriod": {
                "start": "2026-06-02T00:00:00Z",
                "end": "2026-06-01T00:00:00Z",
            }
        },
        {"valueQuantity": quantity("72")},
        {"valueQuantity": {"value": True}},
        {"valueQuantity": quantity(None)},
        {"valueQuantity": quantity(Number("1e5"))},
        {"valueQuantity": 7},
        {"component": [{"valueQuantity": quantity("72")}]},
        {"subject": {"reference": "urn:uuid:1"}},
        {"subject": {"reference": "#p"}},
    ],
)
def test_what_is_not_plain_has_no_template(change):
    assert template_of(observation(**change)) is None


def test_templates_are_bounded():
    known = Templates(most=2)
    for name in (None, b"a", b"b", b"c"):
        known.add(name)

    assert None not in known
    assert b"a" not in known
    assert b"c" in known


BASES = [observation(id="x", issued="2026-06-01T09:00:00Z"), pressure(120, 80), PERIOD]
LEAVES = st.sampled_from(
    [
        *("2026-06-01T09:00:00Z", "2026-13-01T09:00:00Z", "x", "", "a b", 1, -5, 1e9),
        *(None, True, [], {}, Number("7.00"), Number("1e400"), {"value": 1}, ["x"]),
    ]
)
PATHS = st.sampled_from(
    [
        *(("id",), ("status",), ("issued",), ("effectiveDateTime",), ("component",)),
        *(("effectivePeriod",), ("effectivePeriod", "start"), ("code", "coding")),
        *(("effectivePeriod", "end"), ("valueQuantity",), ("valueQuantity", "value")),
        *(("valueQuantity", "unit"), ("component", 0, "valueQuantity", "value")),
        *(("component", 1, "valueQuantity"), ("subject",), ("extra",)),
    ]
)


def put(resource, path, leaf):
    changed = copy.deepcopy(resource)
    place = changed
    try:
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = leaf
    except (KeyError, IndexError, TypeError):
        changed[path[0]] = leaf
    return changed


@settings(max_examples=400)
@given(st.sampled_from(BASES), PATHS, LEAVES)
def test_the_short_way_says_what_the_long_way_says(base, path, leaf):
    """A resource is judged alike whether or not one like it was seen before."""
    changed = put(base, path, leaf)
    fhir._FAULTLESS = Templates()
    alone = fhir.read(Entry(0, "", changed), AROUND)
    for good in BASES:
        fhir.read(Entry(0, "", good), AROUND)

    after = fhir.read(Entry(0, "", changed), AROUND)

    assert after == alone


def test_a_file_that_cannot_hold_a_number_is_not_searched(read_items, monkeypatch):
    searched = []
    monkeypatch.setattr(prohibited, "find", lambda item: searched.append(item) or [])
    plain = b'{"resourceType":"Patient","id":"a"}\n' * 2

    read_items(plain)
    assert searched == []

    for hint in (b"123456789012", b"\\u0031", b"\\n"):
        read_items(plain.replace(b'"a"', b'"a","gender":"%s"' % hint))
        assert searched
        searched.clear()
