"""The fixed vectors of docs/formats/consent.md; they never change within version 1."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from audit.canonical import canonical
from consent import (
    instruction_record,
    instruction_register,
    judgement_record,
    mandate_record,
    notices,
    rar,
    receipts,
)
from consent.content import LABEL, decode, encode
from consent.country_facts import CountryFacts, Ground
from consent.notices import BankParty, Notice
from consent.processors import ProcessorProfile
from consent.reasons import Reason
from consent.recipients import RecipientProfile
from consent.states import TRANSITIONS
from consent.terms import InvalidTerms
from consent.vetting import papers
from pds.core.clock import from_millis
from pds.core.errors import Unavailable
from pds.crypto.statement import StatementKey

FOLDER = Path(__file__).parents[1] / "vectors" / "consent"


def vectors(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


PROVISIONS = vectors("provisions.json")


@pytest.mark.parametrize("case", PROVISIONS["accepted"], ids=lambda c: c["name"])
def test_accepted_provisions(case):
    written = canonical(rar.serialise(rar.parse(case["given"])))
    assert written.decode() == case["written"]
    assert hashlib.sha256(written).hexdigest() == case["sha256"]


@pytest.mark.parametrize("case", PROVISIONS["refused"])
def test_refused_provisions(case):
    with pytest.raises(InvalidTerms) as caught:
        rar.parse(case["given"])
    assert caught.value.path == case["path"]


def test_narrowing():
    read = vectors("narrowing.json")
    asked = rar.parse(read["asked"])
    assert all(rar.parse(each).is_within(asked) for each in read["within"])
    assert not any(rar.parse(each).is_within(asked) for each in read["not_within"])


MOMENTS = ("checked_at", "valid_until")


def test_states():
    found = [
        {"from": state and state.value, "event": event.value, "to": after.value}
        for state, steps in TRANSITIONS.items()
        for event, after in steps.items()
    ]
    assert found == vectors("states.json")


def test_reasons_are_never_renamed_or_moved():
    known = vectors("reasons.json")
    assert [reason.value for reason in Reason][: len(known)] == known


def test_papers_about_recipients():
    read = vectors("papers.json")
    assert papers.LABEL.hex() == read["label"]
    content = papers.read(read["text"].encode()).content
    assert hashlib.sha256(content).hexdigest() == read["sha256"]


def test_events():
    read = vectors("event.json")
    assert LABEL.hex() == read["label"]
    for each in read["events"]:
        content = decode(each["content"].encode())
        assert content.version == each["version"]
        assert content.consent_id.bytes.hex() == read["object_id"]
        assert encode(content).decode() == each["content"]
        assert hashlib.sha256(encode(content)).hexdigest() == each["sha256"]


def test_a_mandate_is_kept():
    given = decode(vectors("event.json")["events"][1]["content"].encode())
    mandated = replace(
        given, agreement=replace(given.agreement, mandate_id=given.leaf_id)
    )
    assert decode(encode(mandated)) == mandated


def test_events_of_another_version_are_refused():
    content = json.loads(vectors("event.json")["events"][0]["content"])
    with pytest.raises(Unavailable) as caught:
        decode(canonical({**content, "v": 9}))
    assert caught.value.code == "consent.content-version"


EARLIER = [
    "notice.json",
    "notice-2.json",
    "notice-3.json",
    "notice-4.json",
    "notice-4-abroad.json",
    "notice-4-processors.json",
]


@pytest.mark.parametrize("name", EARLIER)
def test_a_notice_of_an_earlier_template_stays_readable(name):
    read = vectors(name)
    notice = Notice(read["canonical"].encode())
    assert notice.hash.hex() == read["sha256"]
    assert notice.content == read["content"]
    assert rar.serialise(notice.provision) == read["content"]["provision"]
    assert len(notice.paragraphs("ja")) == len(read["content"]["text"]["ja"])


@pytest.mark.parametrize("name", ["notice-5.json", "notice-5-abroad.json"])
def test_notice(name):
    read = vectors(name)
    content = read["content"]
    country = read.get("country")
    made = notices.compose(
        rar.parse(content["provision"]),
        RecipientProfile(**content["recipient"]),
        BankParty(**content["bank"]),
        country=country and facts_of(country),
    )
    assert made == Notice(read["canonical"].encode())
    assert made.hash.hex() == read["sha256"]


def test_a_notice_that_names_processors():
    read = vectors("notice-5-processors.json")
    content = read["content"]
    handling = [
        ProcessorProfile(
            **{
                **each,
                "categories": tuple(each["categories"]),
                "contract_day": date.fromisoformat(each["contract_day"]),
            }
        )
        for each in content["processors"]
    ]
    made = notices.compose(
        rar.parse(content["provision"]),
        RecipientProfile(**content["recipient"]),
        BankParty(**content["bank"]),
        handling,
    )
    assert made == Notice(read["canonical"].encode())
    assert made.hash.hex() == read["sha256"]


def facts_of(country):
    moments = {name: from_millis(country[name]) for name in MOMENTS}
    return CountryFacts(**country | moments | {"ground": Ground(country["ground"])})


@pytest.mark.parametrize("name", ["receipt.json", "receipt-2.json"])
def test_receipt(name):
    read = vectors(name)
    key = StatementKey(bytes.fromhex(read["seed"]))
    assert key.public == read["public"]
    assert key.sign(receipts.TYP, canonical(read["claims"])) == read["receipt"]
    assert receipts.verify(read["receipt"], read["public"]) == read["claims"]


def test_mandates():
    read = vectors("mandate.json")
    assert mandate_record.LABEL.hex() == read["label"]
    terms = read["terms"].encode()
    assert canonical(json.loads(terms)) == terms
    assert hashlib.sha256(terms).hexdigest() == read["terms_sha256"]
    for each in read["events"]:
        event = mandate_record.decode(each["content"].encode())
        assert event.no == each["no"]
        assert event.terms == read["terms_sha256"]
        assert event.mandate_id.bytes.hex() == read["object_id"]
        written = mandate_record.encode(event)
        assert written.decode() == each["content"]
        assert hashlib.sha256(written).hexdigest() == each["sha256"]
    later = json.loads(read["events"][0]["content"]) | {"v": 2}
    with pytest.raises(Unavailable):
        mandate_record.decode(canonical(later))


def test_instructions():
    read = vectors("instructions.json")
    assert instruction_register.LABEL.hex() == read["label"]
    assert instruction_register.EVENT_LABEL.hex() == read["event_label"]
    written = read["written"].encode()
    assert instruction_record.encode(instruction_record.decode(written)) == written
    assert hashlib.sha256(written).hexdigest() == read["sha256"]


@pytest.mark.parametrize(
    "case", vectors("judgement.json")["records"], ids=lambda case: case["outcome"]
)
def test_judgements_come_out_as_they_did(case):
    written = case["written"].encode()
    read = judgement_record.decode(written)
    assert judgement_record.encode(read) == written
    assert hashlib.sha256(written).hexdigest() == case["sha256"]
    assert read.judgement.outcome == case["outcome"]
    assert judgement_record.again(read)
