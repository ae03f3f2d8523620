import json

from hypothesis import given
from hypothesis import strategies as st

from providers.formats.identity import REMOVED
from providers.formats.reading import read
from tests.providers.conftest import NOW

SECRETS = {
    "name": "ヤマダタロウ",
    "insurer": "01130012-9876",
    "identifier": "MRN-77777",
    "phone": "090-1111-2222",
    "address": "港区赤坂9-9-9",
    "narrative": "ナラティブ",
    "doctor": "スズキ医師",
    "patient": "taro-0042",
}
FULL = {
    "resourceType": "Observation",
    "id": "o1",
    "text": {"status": "generated", "div": f"<div>{SECRETS['narrative']}</div>"},
    "contained": [
        {
            "resourceType": "Patient",
            "id": "p",
            "name": [{"text": SECRETS["name"]}],
            "address": [{"text": SECRETS["address"]}],
        },
        {
            "resourceType": "Organization",
            "id": "org",
            "name": "東京病院",
            "telecom": [{"system": "phone", "value": SECRETS["phone"]}],
            "address": [{"text": SECRETS["address"]}],
        },
    ],
    "extension": [
        {"url": "urn:a", "valueIdentifier": {"value": SECRETS["insurer"]}},
        {"url": "urn:b", "valueHumanName": {"text": SECRETS["name"]}},
        {"url": "urn:c", "valueAddress": {"text": SECRETS["address"]}},
        {"url": "urn:d", "valueContactPoint": {"value": SECRETS["phone"]}},
    ],
    "identifier": [{"system": "urn:x", "value": SECRETS["identifier"]}],
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    "subject": {
        "reference": f"Patient/{SECRETS['patient']}",
        "display": SECRETS["name"],
        "identifier": {"value": SECRETS["insurer"]},
    },
    "performer": [
        {"reference": "Practitioner/9", "display": SECRETS["doctor"]},
        {"display": SECRETS["doctor"]},
        {"reference": "#org", "display": "東京病院"},
        {"reference": "#p"},
        {"reference": "urn:uuid:1", "display": SECRETS["doctor"]},
    ],
    "device": {"reference": "Device/1", "display": "血圧計"},
    "effectiveDateTime": "2026-06-01",
    "valueQuantity": {"value": 72, "unit": "/min"},
    "note": [
        {"authorString": SECRETS["doctor"], "text": "安静時"},
        {
            "authorReference": {"reference": "Patient/1", "display": SECRETS["name"]},
            "text": "x",
        },
    ],
}


def bundle(*resources):
    entries = [{"resource": resource} for resource in resources]
    entries.append(
        {
            "fullUrl": "urn:uuid:1",
            "resource": {"resourceType": "Practitioner", "id": "9"},
        }
    )
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def record_of(*resources):
    data = json.dumps(bundle(*resources)).encode()
    items = list(read(data, "", now=NOW))
    found = [record for item in items for record in item.records]
    assert found, [item.issues for item in items]
    return found[-1]


def test_no_removed_value_remains_in_the_payload():
    record = record_of(FULL)

    for kind, secret in SECRETS.items():
        assert secret not in record.payload.decode(), kind


def test_removed_values_stand_in_the_sealed_header():
    replaced = json.dumps(record_of(FULL).header["replaced"], ensure_ascii=False)

    for kind in SECRETS.keys() - {"narrative"}:
        assert SECRETS[kind] in replaced
    assert record_of(FULL).header["had_narrative"] is True


def test_what_is_no_identity_stays():
    payload = json.loads(record_of(FULL).payload)

    assert payload["performer"][2] == {"reference": "#org", "display": "東京病院"}
    assert payload["contained"][1]["name"] == "東京病院"
    assert payload["device"]["display"] == "血圧計"
    assert payload["note"][0] == {"authorString": REMOVED, "text": "安静時"}
    assert payload["id"] == "o1"


def test_constants_are_those_of_the_specification():
    payload = json.loads(record_of(FULL).payload)

    assert payload["subject"] == {"reference": "Patient/subject"}
    assert payload["identifier"] == [{"value": "[removed]"}]
    assert payload["contained"][0] == {"resourceType": "Patient", "id": "p"}
    assert payload["performer"][0] == {"type": "Practitioner", "display": "[removed]"}
    assert payload["performer"][1] == {"display": "[removed]"}
    assert payload["performer"][3] == {"reference": "Patient/subject"}
    assert payload["performer"][4] == {"type": "Practitioner", "display": "[removed]"}
    assert payload["text"] == {
        "status": "empty",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">[removed]</div>',
    }
    extension = [list(e.values())[1] for e in payload["extension"]]
    assert extension == [
        {"value": "[removed]"},
        {"text": "[removed]"},
        {"text": "[removed]"},
        {"system": "other", "value": "[removed]"},
    ]


def test_a_payload_is_accepted_as_what_it_was():
    again = record_of(json.loads(record_of(FULL).payload))

    assert again.payload == record_of(FULL).payload


def test_names_of_the_patient_are_removed_from_free_text():
    patient = {
        "resourceType": "Patient",
        "name": [
            {"text": "山田 太郎"},
            {"family": "Yamada", "given": ["Taro", "J."]},
            {"family": "李", "given": ["明"]},
            "x",
        ],
    }
    note = {
        **FULL,
        "note": [{"text": "山田 太郎 (Taro J. Yamada) は安静。Yamada Taro J."}],
    }

    # One bad name makes the Patient an error; its other names still count.
    payload = json.loads(record_of(patient, note).payload)

    assert payload["note"][0]["text"] == "[removed] ([removed]) は安静。[removed]"


def test_coverage_numbers_never_become_records():
    coverage = {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": {"reference": "Patient/1"},
        "payor": [{"display": "健康保険組合"}],
        "subscriberId": SECRETS["insurer"],
    }
    data = json.dumps(bundle(coverage)).encode()

    items = list(read(data, "", now=NOW))

    assert [item.outcome for item in items] == ["context", "context"]


SECRET = st.text("あいうえおかきくけこ", min_size=8, max_size=12)


@given(SECRET, st.sampled_from(["display", "identifier", "reference"]))
def test_whatever_stands_in_a_subject_is_gone(secret, place):
    value = {"identifier": {"value": secret}, "reference": f"Patient/{secret}"}
    subject = {place: value.get(place, secret)}

    record = record_of({**FULL, "subject": subject})

    assert secret not in record.payload.decode()
    assert secret in json.dumps(record.header["replaced"], ensure_ascii=False)
