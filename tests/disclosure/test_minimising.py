"""What a recipient never needs is cut out of the bytes; all the rest is untouched."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import wording
from pds.core.vocabulary import categories, elements, purposes, words
from pds.disclosure.minimising import minimise
from pds.disclosure.preview import preview
from pds.vault.records import RecordDraft
from providers.payload import write
from tests.consent.world import PROVISION
from tests.disclosure.world import SOURCE, WEIGHT

ADVICE = "health.advice"
NAMES = [
    "note",
    "performer",
    "id",
    "notes",
    'x"note',
    "note\\",
    "value",
    "あ",
    "reference",
]
PERSON = "Patient/subject"

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-999, 999)
    | st.text('",:{}[]\\noteあ', max_size=8)
    | st.sampled_from([PERSON, "#1", "Observation/1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


def without(value, names):
    """Leave members out by walking the document, as a reader would check."""
    if isinstance(value, list):
        return [without(each, names) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"reference"} and value["reference"] != PERSON:
            return {"display": "[removed]"}
        return {
            name: without(each, names)
            for name, each in value.items()
            if name not in names or (name, each) == ("reference", PERSON)
        }
    return value


@given(st.dictionaries(st.sampled_from(NAMES), documents, max_size=5))
def test_exactly_the_named_members_are_left_out(document):
    names = elements.left_out(ADVICE, WEIGHT)

    cut = minimise(write(document), ADVICE, WEIGHT)

    assert cut == write(without(document, names))


def test_what_has_none_of_them_is_the_same_object():
    payload = b'{"status":"final","valueQuantity":{"value":7.00}}'
    assert minimise(payload, ADVICE, WEIGHT) is payload
    text = rb'{"text":"a \"note\": b","x\"note":1}'
    assert minimise(text, ADVICE, WEIGHT) == text


def test_what_a_record_contains_is_numbered_anew():
    payload = write(
        {
            "basedOn": [{"display": "order", "reference": "ServiceRequest/77"}],
            "contained": [
                {"id": "c2", "resourceType": "Medication", "code": {"id": "e9"}},
                {"id": "1", "resourceType": "Medication", "meta": {"source": "urn:1"}},
            ],
            "id": "c2",
            "meta": {"versionId": "7"},
            "partOf": [{"reference": "Procedure/9"}, {"reference": "#gone"}],
            "medicationReference": {"reference": "#c2"},
            "subject": {"reference": PERSON},
            "text": '"id":"c2",{"contained":["id":"c2"]}',
        }
    )
    numbered = {"1": "3", "c2": "2", "e9": "1"}
    assert json.loads(minimise(payload, ADVICE, "health.medication")) == {
        "basedOn": [{"display": "order"}],
        "contained": [
            {
                "id": numbered["c2"],
                "resourceType": "Medication",
                "code": {"id": numbered["e9"]},
            },
            {"id": numbered["1"], "resourceType": "Medication"},
        ],
        "partOf": [{"display": "[removed]"}, {"reference": "#0"}],
        "medicationReference": {"reference": "#2"},
        "subject": {"reference": PERSON},
        "text": '"id":"c2",{"contained":["id":"c2"]}',
    }


@given(documents, st.text("ab", min_size=1), st.text("ab", min_size=1))
def test_no_number_of_a_source_changes_what_goes(document, one, other):
    """Two sources that differ in numbers alone let go the very same bytes."""
    sent = [
        minimise(
            write(
                {
                    "contained": [{"code": document, "id": number}],
                    "id": number,
                    "meta": {"versionId": number},
                    "partOf": {"reference": f"Procedure/{number}"},
                    "medicationReference": {"reference": f"#{number}"},
                }
            ),
            ADVICE,
            WEIGHT,
        )
        for number in (one, other)
    ]
    assert sent[0] == sent[1]


def test_number_text_is_kept_around_a_cut():
    payload = b'{"device":{"a":[1,{"b":"]"}]},"n":1,"note":7.0e1,"value":7.00}'
    assert minimise(payload, ADVICE, WEIGHT) == b'{"n":1,"value":7.00}'
    assert minimise(b'{"note":"x"}', ADVICE, WEIGHT) == b"{}"


def test_a_broken_payload_is_no_payload():
    with pytest.raises(ValueError, match="ends inside"):
        minimise(b'{"note":{"a":', ADVICE, WEIGHT)


def test_purposes_that_need_them_keep_payments():
    paid = b'{"payments":[{"method":"cash"}],"receipt_number":"1","total":"1"}'
    receipt = "purchase.receipt"
    assert minimise(paid, ADVICE, receipt) == b'{"total":"1"}'
    kept = minimise(paid, "household.budget", receipt)
    assert kept == b'{"payments":[{"method":"cash"}],"total":"1"}'
    assert minimise(paid, ADVICE, "profile.basic") is paid


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("purpose", sorted(purposes.ALL))
@pytest.mark.parametrize("category", sorted(categories.ALL))
def test_the_text_names_exactly_what_is_left_out(purpose, category, language):
    terms = replace(PROVISION, purpose=purpose, categories=(category,))
    said = {s.term: s.text for s in wording.sentences(terms, language)}["left_out"]
    payload = write({name: 1 for g in elements.ALL.values() for name in g.members})
    kept = json.loads(minimise(payload, purpose, category))
    for group in elements.ALL.values():
        is_out = not set(group.members) & set(kept)
        assert (group.words[language].name in said) is is_out


def test_preview_page_and_stream_leave_out_the_same(world):
    owner = world.person(0)
    day = (world.clock.now().date() - type(world.clock.now().date())(1970, 1, 1)).days
    draft = RecordDraft(
        category=WEIGHT,
        first_day=day - 1,
        last_day=day - 1,
        order_in_day=0,
        payload_schema="fhir-r4/Observation",
        sensitivity="health-general",
        source_id=SOURCE,
        dedupe=b"one",
        header={},
        payload=b'{"device":{"display":"S/N 1"},"note":[{"text":"tired"}],'
        b'"resourceType":"Observation","valueQuantity":{"value":61.50}}',
    )

    def add(work):
        made = work.ids.new()
        vault = world.bank.vault
        vault.begin_import(work, owner, made, source_id=SOURCE, media_type="text/x")
        vault.add(work, owner, made, [draft])

    world.do(add)
    party = world.consented(owner=owner)
    first = (world.clock.now() - timedelta(days=300)).date()
    terms = replace(PROVISION, window=replace(PROVISION.window, first=first))
    with world.bank.read() as snap:
        shown = preview(
            snap, world.bank.selector, owner, party.organisation.recipient_id, terms
        )

    page, lines = party.get(), party.stream().data.splitlines()

    (row,) = [row for kind in shown.kinds for row in kind.rows]
    kept = b'"payload":{"resourceType":"Observation","valueQuantity":{"value":61.50}}'
    assert kept in row
    assert row in page.data
    assert lines[1:-1] == [row]
    assert "tired" not in page.text


@pytest.mark.parametrize(
    "change",
    [
        {"id": "people"},
        {"since": 3},
        {"prefixes": ["health.nothing"]},
        {"prefixes": []},
        {"purposes": ["spying"]},
        {"members": []},
        {"members": ['x"']},
    ],
)
def test_a_broken_group_is_refused(change):
    document = words.read_file("elements.json")
    document["groups"][0] |= change
    with pytest.raises(ValueError):  # noqa: PT011 - any of several sentences
        elements.read(document)
