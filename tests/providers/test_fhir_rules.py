import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pds.vault.schemas import number_of
from providers.formats.categories import BY_TYPE
from providers.formats.reading import read
from providers.issues import SEVERITIES
from providers.records import Outcome
from tests.providers.conftest import NOW

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
JLAC10 = "urn:oid:1.2.392.200119.4.504"
CHECKUP = "urn:oid:1.2.392.200119.6.1005"


def coded(code, system=LOINC, **more):
    return {"coding": [{"system": system, "code": code, **more}]}


def quantity(value, unit="/min", **more):
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def observation(**members):
    base = {
        "resourceType": "Observation",
        "status": "final",
        "code": coded("8867-4"),
        "effectiveDateTime": "2026-06-01T09:00:00+09:00",
        "valueQuantity": quantity(72),
    }
    merged = {**base, **members}
    return {name: value for name, value in merged.items() if value is not ...}


def items_of(value, **more):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(read(data, "", now=NOW, **more))


def one(resource, **more):
    (item,) = items_of(resource, **more)
    return item


def codes(resource):
    return {issue.code for issue in one(resource).issues}


def places(resource):
    return {(issue.code, issue.path) for issue in one(resource).issues}


def pressure(systolic, diastolic):
    return observation(
        code=coded("85354-9"),
        valueQuantity=...,
        component=[
            {"code": coded("8480-6"), "valueQuantity": quantity(systolic, "mm[Hg]")},
            {"code": coded("8462-4"), "valueQuantity": quantity(diastolic, "mm[Hg]")},
        ],
    )


def test_a_good_observation_has_no_issue():
    item = one(observation())

    (record,) = item.records
    assert item.issues == ()
    assert record.category == "health.vital.heart-rate"
    assert record.sensitivity == "health-general"
    assert record.payload_schema == "fhir-r4/Observation"
    assert record.first_day == record.last_day == 20_605
    assert record.header["concept"] == "heart_rate"
    assert record.header["value"] == "72"
    assert record.header["time"] == {
        "start": "2026-06-01T09:00:00+09:00",
        "precision": "second",
        "basis": "effectiveDateTime",
        "offset": 540,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": ...}, ("PHR-S10", "status")),
        ({"code": ...}, ("PHR-S10", "code")),
        ({"code": "8867-4"}, ("PHR-S11", "code")),
        ({"note": []}, ("PHR-S11", "note")),
        ({"method": {}}, ("PHR-S11", "method")),
        ({"method": None}, ("PHR-S11", "method")),
        ({"effectiveDateTime": 1}, ("PHR-S11", "effectiveDateTime")),
        (
            {"effectiveDateTime": ..., "effectivePeriod": {"start": 1}},
            ("PHR-S11", "effectivePeriod.start"),
        ),
        (
            {"valueQuantity": ..., "valueInteger": "3"},
            ("PHR-S11", "valueInteger"),
        ),
        ({"category": [[1]]}, ("PHR-S11", "category[0]")),
        ({"code": {"text": ""}}, ("PHR-S11", "code.text")),
        ({"valueQuantity": quantity("72")}, ("PHR-S11", "valueQuantity.value")),
        ({"valueString": "x"}, ("PHR-S12", "")),
        ({"effectiveDateTime": "June"}, ("PHR-S13", "effectiveDateTime")),
        ({"effectiveDateTime": "2026-02-30"}, ("PHR-S13", "effectiveDateTime")),
        ({"id": "no spaces allowed"}, ("PHR-S13", "id")),
        ({"pulse": 1}, ("PHR-S20", "pulse")),
        ({"code": {"coding": [{"kode": "x"}]}}, ("PHR-S20", "code.coding[0].kode")),
        ({"status": "done"}, ("PHR-S30", "status")),
        (
            {"valueQuantity": quantity(1, comparator="~")},
            ("PHR-S30", "valueQuantity.comparator"),
        ),
        ({"subject": {"reference": "Medication/1"}}, ("PHR-S31", "subject")),
        ({"subject": {"reference": "#nobody"}}, ("PHR-S31", "subject")),
        ({"subject": {"reference": "urn:uuid:1"}}, ("PHR-S31", "subject")),
        ({"dataAbsentReason": coded("unknown")}, ("PHR-S32", "")),
        (
            {"valueQuantity": {"value": 72, "code": "/min"}},
            ("PHR-S32", "valueQuantity"),
        ),
        ({"code": coded("85354-9")}, ("PHR-S32", "component")),
        ({"effectiveDateTime": "2026-11-25"}, ("PHR-V11", "effectiveDateTime")),
        ({"effectiveDateTime": "1899-12-31"}, ("PHR-V11", "effectiveDateTime")),
        (
            {"referenceRange": [{"low": quantity(2), "high": quantity(1)}]},
            ("PHR-V10", "referenceRange[0]"),
        ),
        ({"valueQuantity": quantity(72, "kg")}, ("PHR-V21", "valueQuantity")),
        ({"valueQuantity": quantity(9)}, ("PHR-V30", "valueQuantity")),
        ({"code": coded("3F0700", JLAC10)}, ("PHR-V41", "code.coding[0]")),
        ({"contained": [{"resourceType": "Unicorn"}]}, ("PHR-S21", "contained")),
    ],
)
def test_an_error_rejects_and_says_where(change, expected):
    item = one(observation(**change))

    assert expected in {(issue.code, issue.path) for issue in item.issues}
    assert item.outcome is Outcome.REJECTED
    assert SEVERITIES[expected[0]] == "error"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"valueQuantity": ...}, ("PHR-S14", "")),
        (
            {"effectiveDateTime": "2026-06-01T09:00:00"},
            ("PHR-V12", "effectiveDateTime"),
        ),
        ({"effectiveDateTime": ...}, ("PHR-V13", "")),
        ({"valueQuantity": {"value": 72, "unit": "bpm"}}, ("PHR-V20", "valueQuantity")),
        ({"code": coded("1-1")}, ("PHR-V40", "code")),
        (
            {"code": coded("1-1"), "valueQuantity": quantity(1, "IU")},
            ("PHR-V22", "valueQuantity"),
        ),
        (
            {"code": coded("1-1"), "valueQuantity": {"value": 1, "unit": "IU?"}},
            ("PHR-V22", "valueQuantity"),
        ),
        ({"valueQuantity": quantity(250)}, ("PHR-V31", "valueQuantity")),
        ({"code": {**coded("8867-4"), "text": "ﾐｬｸ"}}, ("PHR-V42", "code.text")),
        (
            {"code": coded("8867-4", display="Body weight")},
            ("PHR-V42", "code.coding[0].display"),
        ),
    ],
)
def test_a_warning_is_stored_with_its_flag(change, expected):
    item = one(observation(**change))

    (record,) = item.records
    assert expected in {(issue.code, issue.path) for issue in item.issues}
    assert record.header["quality"] == "warning"
    assert expected[0] in {issue["code"] for issue in record.header["issues"]}


def test_blood_pressure_keeps_both_values():
    item = one(pressure(128, 82))

    (record,) = item.records
    assert item.issues == ()
    assert record.category == "health.vital.blood-pressure"
    assert record.header["components"] == [
        {"concept": "bp_systolic", "value": "128", "unit": "mm[Hg]"},
        {"concept": "bp_diastolic", "value": "82", "unit": "mm[Hg]"},
    ]


def test_systolic_below_diastolic_is_flagged():
    assert codes(pressure(80, 90)) == {"PHR-V32"}


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        ("29463-7", 150, "[lb_av]", "68.038856"),
        ("8302-2", 1.7, "m", "170"),
        ("8310-5", 98.6, "[degF]", "37"),
        ("8480-6", 16, "kPa", "120.00992"),
        ("4548-4", 53, "mmol/mol", "7.00044"),
        ("1558-6", 5.6, "mmol/L", "100.8896"),
        ("41950-7", 8000, "{steps}/d", "8000"),
        ("39156-5", 22.5, "1", "22.5"),
        ("718-7", 140, "g/L", "14"),
    ],
)
def test_units_are_converted_for_the_header_only(code, value, unit, expected):
    item = one(observation(code=coded(code), valueQuantity=quantity(value, unit)))

    (record,) = item.records
    assert record.header["value"] == expected
    assert f'"code":"{unit}"'.encode() in record.payload


def test_number_text_is_kept_in_the_payload():
    data = json.dumps(observation(code=coded("4548-4"))).encode()
    data = data.replace(b"72", b"7.00").replace(b"/min", b"%")

    (record,) = one(data).records

    assert b'"value":7.00' in record.payload
    assert record.header["value"] == "7.00"


def test_steps_are_whole():
    steps = observation(code=coded("41950-7"), valueQuantity=quantity(1.5, "{steps}"))

    assert "PHR-V30" in codes(steps)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueString": "turbid"}, {"text": "turbid"}),
        ({"valueInteger": 3}, {"text": "3"}),
        ({"valueBoolean": True}, {"text": "true"}),
        ({"valueBoolean": False}, {"text": "false"}),
        (
            {"valueCodeableConcept": coded("1", "urn:oid:1.2", display="陰性")},
            {"value_code": "1", "text": "陰性"},
        ),
        ({"valueCodeableConcept": {"text": "(-)"}}, {"text": "(-)"}),
        ({"valueQuantity": {"unit": "%"}}, {}),
        ({"valueRange": {"low": {"value": 1}}}, {}),
    ],
)
def test_other_values_stand_in_the_header(value, expected):
    item = one(observation(**{"code": coded("1-1"), "valueQuantity": ..., **value}))

    header = item.records[0].header
    found = {name: header[name] for name in ("value_code", "text") if name in header}
    assert found == expected


@pytest.mark.parametrize(
    ("change", "category"),
    [
        ({"code": coded("29463-7"), "valueQuantity": quantity(60, "kg")}, "weight"),
        ({"code": coded("41982-0"), "valueQuantity": quantity(20, "%")}, "bmi"),
    ],
)
def test_measurements_have_their_category(change, category):
    (record,) = one(observation(**change)).records

    assert record.category == f"health.vital.{category}"


@pytest.mark.parametrize(
    ("change", "category"),
    [
        (
            {
                "code": coded("9N001000000000001", CHECKUP),
                "valueQuantity": quantity(170, "cm"),
            },
            "health.checkup",
        ),
        (
            {
                "code": coded("3F070000002327101", JLAC10),
                "valueQuantity": quantity(60, "mg/dL"),
            },
            "health.lab",
        ),
        (
            {"code": coded("1-1"), "category": [coded("activity", "x")]},
            "health.activity.exercise",
        ),
        ({"code": coded("1-1"), "category": [coded("survey", "x")]}, "health.checkup"),
        (
            {"code": coded("1-1"), "category": [coded("imaging", "x")]},
            "health.document",
        ),
        ({"code": coded("1-1"), "category": [coded("other", "x")]}, "health.lab"),
    ],
)
def test_the_rest_falls_into_careful_categories(change, category):
    (record,) = one(observation(**change)).records

    assert record.category == category


PATIENT = {"reference": "Patient/1"}
OTHERS = {
    "MedicationRequest": (
        {
            "status": "active",
            "intent": "order",
            "subject": PATIENT,
            "authoredOn": "2026-01-05",
            "medicationCodeableConcept": coded("1", "urn:oid:1.2.392.100495.20.1.73"),
        },
        "health.medication",
        20_458,
    ),
    "MedicationDispense": (
        {
            "status": "completed",
            "medicationCodeableConcept": {"text": "x"},
            "whenHandedOver": "2026-01-05",
        },
        "health.medication",
        20_458,
    ),
    "MedicationStatement": (
        {
            "status": "active",
            "subject": PATIENT,
            "medicationCodeableConcept": {"text": "x"},
            "effectivePeriod": {"end": "2026-01-05"},
        },
        "health.medication",
        20_458,
    ),
    "MedicationAdministration": (
        {
            "status": "completed",
            "subject": PATIENT,
            "medicationCodeableConcept": {"text": "x"},
            "effectiveDateTime": "2026-01-05",
        },
        "health.medication",
        20_458,
    ),
    "Immunization": (
        {
            "status": "completed",
            "patient": PATIENT,
            "vaccineCode": {"text": "x"},
            "occurrenceDateTime": "2026-01-05",
        },
        "health.immunization",
        20_458,
    ),
    "AllergyIntolerance": (
        {"patient": PATIENT, "code": {"text": "egg"}, "recordedDate": "2026-01-05"},
        "health.allergy",
        20_458,
    ),
    "Condition": (
        {"subject": PATIENT, "code": {"text": "x"}, "onsetDateTime": "2026"},
        "health.condition",
        20_454,
    ),
    "Procedure": (
        {
            "status": "completed",
            "subject": PATIENT,
            "performedPeriod": {"start": "2026-01", "end": "2026-02"},
        },
        "health.procedure",
        20_454,
    ),
    "DiagnosticReport": (
        {"status": "final", "code": {"text": "x"}, "issued": "2026-01-05T00:00:00Z"},
        "health.lab",
        20_458,
    ),
    "DocumentReference": (
        {
            "status": "current",
            "date": "2026-01-05T00:00:00Z",
            "content": [{"attachment": {"title": "x"}}],
        },
        "health.document",
        20_458,
    ),
    "Composition": (
        {
            "status": "final",
            "type": {"text": "x"},
            "date": "2026-01-05",
            "title": "x",
            "author": [{"display": "Dr. Y"}],
        },
        "health.document",
        20_458,
    ),
    "QuestionnaireResponse": (
        {"status": "completed", "authored": "2026-01-05"},
        "health.checkup",
        20_458,
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_resources_are_stored(kind):
    members, category, first_day = OTHERS[kind]

    (record,) = one({"resourceType": kind, **members}).records

    assert record.category == category
    assert record.first_day == first_day
    assert record.payload_schema == f"fhir-r4/{kind}"


def test_every_stored_type_is_known_to_the_vault():
    assert BY_TYPE.keys() == OTHERS.keys() | {"Observation"}
    assert all(number_of(f"fhir-r4/{kind}") for kind in BY_TYPE)


def test_a_year_covers_all_its_days():
    (record,) = one(observation(effectiveDateTime="2024")).records

    assert record.last_day - record.first_day == 365


def test_a_day_is_a_day_in_tokyo():
    (record,) = one(observation(effectiveDateTime="2024-04-01")).records
    (late,) = one(observation(effectiveDateTime="2024-03-31T15:00:00Z")).records

    assert record.first_day == late.first_day == 19_814


@pytest.mark.parametrize("kind", ["CarePlan", "Unicorn", "", "Resource"])
def test_other_types_are_refused_by_name(kind):
    assert places({"resourceType": kind}) == {("PHR-S21", "resourceType")}


@pytest.mark.parametrize("value", [[1], ["x"], [None], [[]], [{"resourceType": 3}]])
def test_what_is_no_resource_is_rejected(value):
    (item,) = items_of(value)

    assert [issue.code for issue in item.issues] == ["PHR-S10"]


def test_members_inherit_the_time_of_their_panel():
    panel = observation(
        code=coded("58410-2"),
        valueQuantity=...,
        effectiveDateTime="2020-02-03",
        hasMember=[{"reference": "Observation/m"}, {"display": "x"}],
    )
    member = observation(effectiveDateTime=..., id="m")

    items = items_of([panel, member])

    (record,) = items[1].records
    assert record.header["time"]["start"] == "2020-02-03"
    assert record.header["time"]["basis"] == "Observation.effectiveDateTime"


def test_a_panel_without_a_readable_time_hands_none_down():
    for panel in (
        observation(effectiveDateTime="never", hasMember=[{"reference": "x"}]),
        observation(hasMember="x"),
    ):
        items = items_of([panel, observation(effectiveDateTime=..., id="m")])

        assert items[1].records[0].header["time"]["basis"] == "reading"


def test_a_record_of_before_birth_is_rejected():
    patient = {"resourceType": "Patient", "birthDate": "2000-01-01"}

    items = items_of([patient, observation(effectiveDateTime="1999-12-31")])

    assert [issue.code for issue in items[1].issues] == ["PHR-V11"]


def test_a_checkup_report_makes_checkup_records():
    bundle = {
        "resourceType": "Bundle",
        "type": "document",
        "entry": [
            {
                "resource": {
                    **OTHERS["Composition"][0],
                    "resourceType": "Composition",
                    "type": coded("53576-5"),
                }
            },
            {"resource": observation()},
        ],
    }

    items = items_of(bundle)

    assert [r.category for i in items for r in i.records] == ["health.checkup"] * 2


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        ({"type": "pile"}, ("PHR-S30", "type")),
        ({}, ("PHR-S30", "type")),
        ({"type": "collection", "entry": {}}, ("PHR-S11", "entry")),
        ({"type": "document", "entry": []}, ("PHR-S32", "entry[0]")),
        ({"type": "document", "entry": [{}]}, ("PHR-S32", "entry[0]")),
        (
            {"type": "document", "entry": [{"resource": observation()}]},
            ("PHR-S32", "entry[0]"),
        ),
    ],
)
def test_a_bad_bundle_is_one_bad_item(bundle, expected):
    assert places({"resourceType": "Bundle", **bundle}) == {expected}


def test_entries_without_resource_are_rejected_alone():
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{}, 1, {"resource": observation()}],
    }

    outcomes = [item.outcome for item in items_of(bundle)]

    assert outcomes == ["rejected", "rejected", "accepted"]


@pytest.mark.parametrize(
    "around",
    [
        {"identifier": {"value": "123456789018"}},
        {"entry": [{"fullUrl": "urn:x", "search": {"note": "123456789018"}}]},
    ],
)
def test_prohibited_numbers_around_the_resources_are_found(around):
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [], **around}

    assert any(item.holds_prohibited for item in items_of(bundle))


def test_a_broken_line_with_a_prohibited_number_is_found():
    data = json.dumps(observation()).encode() + b'\n{"note": "123456789018"'

    items = items_of(data + b"}}\n")

    assert [item.holds_prohibited for item in items] == [False, True]


def test_two_spellings_of_one_number_are_two_records_and_one_twice_is_not():
    first = one(observation())
    again = one(observation(meta={"versionId": "2"}))
    other = one(observation(valueQuantity=quantity(73)))

    assert first.records[0].dedupe == again.records[0].dedupe
    assert first.records[0].dedupe != other.records[0].dedupe


def test_a_surrogate_is_rejected_with_its_item():
    data = b'[{"resourceType":"Observation","status":"\\ud800"}]'

    assert codes(data) == {"PHR-S13"}


def test_a_huge_number_is_rejected_with_its_item():
    for text in (b"1e300", b"0." + b"1" * 40):
        data = json.dumps(observation()).encode().replace(b"72", text)

        assert "PHR-S13" in codes(data)


NAMES = [
    *("value", "code", "coding", "start", "end", "low", "high", "reference"),
    *("div", "display", "system"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)
MEMBERS = [
    *("status", "code", "subject", "effectiveDateTime", "effectivePeriod", "component"),
    *("valueQuantity", "text", "contained", "identifier", "hasMember", "category"),
    *("id", "meta", "note", "referenceRange", "extension", "performer", "issued"),
]


@settings(max_examples=300)
@given(st.sampled_from(MEMBERS), JSON)
def test_any_member_of_any_form_gives_a_record_or_issues(name, value):
    """Nothing but items may come out, whatever stands in a resource."""
    item = one({**observation(), name: value})

    assert item.records or item.issues
    assert all(issue.code in SEVERITIES for issue in item.issues)


@settings(max_examples=100)
@given(st.sampled_from(["type", "entry", "identifier", "resourceType"]), JSON)
def test_any_bundle_gives_items(name, value):
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": observation()}],
    }

    if name != "resourceType":
        assert isinstance(items_of({**bundle, name: value}), list)
        assert isinstance(items_of({**bundle, "entry": [{name: value}]}), list)
