"""Receipts are whole, signed, and verifiable by somebody who has only the key."""

import base64
import json
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from audit import store
from audit.canonical import canonical
from consent import ledger, pairwise, receipts, recipients, service
from consent.receipt_record import STATUS
from consent.states import ConsentEvent
from consent.tables import recipient
from consent.terms import ProvisionForm
from pds.core.errors import Invalid, NotFound
from pds.core.ids import ConsentId
from pds.crypto.statement import StatementKey
from tests.consent.world import BANK_PARTY, DAY, NOW, PROVISION, RECIPIENT

KEY = StatementKey(bytes(range(32)))
RECEIPT_ID = UUID("01938e6a-0000-7000-8000-00000000000a")
NOTE = "log.example/1\n5\nAAAA=\n\n— log.example/1 AAAA\n"


def issue(work, owner, consent_id, language="ja"):
    return receipts.issue(
        work,
        work.keys,
        KEY,
        owner,
        consent_id,
        bank=BANK_PARTY,
        receipt_id=RECEIPT_ID,
        language=language,
    )


def part(receipt, number):
    text = receipt.split(".")[number]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def consent_id(consent_given):
    return consent_given.consent.consent_id


def test_anybody_can_verify_with_the_key_alone(work, owner, consent_id):
    receipt = issue(work, owner, consent_id)
    x = base64.urlsafe_b64decode(KEY.public["x"] + "=")
    signed, _, signature = receipt.rpartition(".")
    public = Ed25519PublicKey.from_public_bytes(x)
    public.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())
    with pytest.raises(InvalidSignature):
        public.verify(base64.urlsafe_b64decode(signature + "=="), b"other")
    assert json.loads(part(receipt, 0)) == {
        "alg": "EdDSA",
        "kid": KEY.kid,
        "typ": "consent-receipt+jwt",
    }
    payload = part(receipt, 1)
    assert canonical(json.loads(payload)) == payload
    assert receipts.verify(receipt, KEY.public) == json.loads(payload)


def test_the_public_key_holds_no_secret():
    assert "d" not in KEY.public
    assert KEY.public["crv"] == "Ed25519"


def test_the_receipt_says_all_of_the_consent(work, owner, consent_given, notice):
    consent = consent_given.consent
    claims = receipts.verify(issue(work, owner, consent.consent_id), KEY.public)
    assert claims["iss"] == "https://bank.example"
    assert claims["jti"] == str(RECEIPT_ID)
    assert claims["iat"] == int(NOW.timestamp())
    assert claims["state"] == "given"
    assert claims["consent_version"] == 2
    assert claims["leaf_id"] == str(consent_given.leaf_id)
    assert claims["agreement"]["notice"] == notice.hex()
    assert "checkpoint" not in claims
    record = claims["record"]
    assert record["dct:conformsTo"] == "dpv-27560:record-2"
    assert record["dpv:hasIdentifier"] == str(consent.consent_id)
    assert record["dct:created"] == "2026-11-23T03:00:00.000Z"
    assert record["dct:creator"] in record["dpv:hasEntity"]
    assert record["dpv:hasDataSubject"]["dpv:hasIdentifier"] == pairwise.find(
        work, owner, RECIPIENT
    )
    assert record["dpv:hasNotice"][0]["dpv:hasIdentifier"].endswith(notice.hex())
    (process,) = record["dpv:hasProcess"]
    for name in (
        "dpv:hasPurpose",
        "dpv:hasPersonalData",
        "dpv:hasProcessing",
        "dpv:hasDataController",
        "dpv:hasDataSource",
        "dpv:hasStorageCondition",
        "dpv:hasRecipient",
        "dpv:hasLegalBasis",
        "dpv:hasConsentStatus",
    ):
        assert process[name], name
    assert process["ib:provision"]["purpose"] == "health.advice"
    statuses = [s["@type"][0] for s in process["dpv:hasConsentStatus"]]
    assert statuses == ["dpv:ConsentRequested", "dpv:ConsentGiven"]


def test_no_owner_id_leaves_the_bank(work, owner, consent_id):
    payload = part(issue(work, owner, consent_id), 1)
    assert str(owner).encode() not in payload
    assert owner.hex.encode() not in payload


@pytest.mark.parametrize(("language", "name"), [("ja", "株式会社"), ("en", "Hikari")])
def test_the_words_are_in_the_persons_language(work, owner, consent_id, language, name):
    claims = receipts.verify(issue(work, owner, consent_id, language), KEY.public)
    record = claims["record"]
    assert record["dct:language"] == language
    assert name in record["dpv:hasEntity"]["ib:recipient"]["dpv:hasName"]


def test_a_withdrawal_has_its_receipt_too(at, owner, consent_id):
    later = at(NOW + DAY)
    service.withdraw(later, owner, consent_id)
    claims = receipts.verify(issue(later, owner, consent_id), KEY.public)
    assert claims["state"] == "withdrawn"
    last = claims["record"]["dpv:hasProcess"][0]["dpv:hasConsentStatus"][-1]
    assert last["@type"][0] == "dpv:ConsentWithdrawn"
    assert last["ib:act"] == "person"
    assert claims["record"]["dct:modified"][-1] == "2026-11-24T03:00:00.000Z"
    assert claims["agreement"]["given_at"] == "2026-11-23T03:00:00.000Z"


def test_a_refusal_names_nobody_pairwise(work, owner, asked):
    consent_id = asked.consent.consent_id
    service.refuse(work, owner, consent_id)
    claims = receipts.verify(issue(work, owner, consent_id), KEY.public)
    assert claims["state"] == "refused"
    assert "agreement" not in claims
    subject = claims["record"]["dpv:hasDataSubject"]["dpv:hasIdentifier"]
    assert subject == f"urn:uuid:{consent_id}"


def test_a_reason_of_others_is_said(work, owner, consent_id):
    service.revoke(work, owner, consent_id, actor="op", reason="contract ended")
    claims = receipts.verify(issue(work, owner, consent_id), KEY.public)
    last = claims["record"]["dpv:hasProcess"][0]["dpv:hasConsentStatus"][-1]
    assert last["ib:reason"] == "contract ended"


def test_the_recipient_is_named_as_it_was_then(work, owner, consent_id):
    work.connection.execute(recipient.update().values(name_ja="新しい名前"))
    claims = receipts.verify(issue(work, owner, consent_id), KEY.public)
    entity = claims["record"]["dpv:hasEntity"]["ib:recipient"]
    assert entity["dpv:hasName"] == "株式会社ひかりヘルス"
    assert recipients.get(work, RECIPIENT).profile.name_ja == "新しい名前"


def test_the_latest_checkpoint_is_carried(work, owner, consent_id):
    store.publish(work.connection, 5, NOTE, NOW)
    claims = receipts.verify(issue(work, owner, consent_id), KEY.public)
    assert claims["checkpoint"] == NOTE


def test_viewing_and_plain_data_have_their_terms(work, owner, asked):
    history = ledger.history(work, work.keys, owner, asked.consent.consent_id)
    viewed = replace(
        PROVISION,
        form=ProvisionForm.VIEW_ONLY,
        retention_days=0,
        categories=("health.lab", "health.vital", "purchase.receipt"),
    )
    parties = receipts.Parties(
        subject="s",
        bank=BANK_PARTY,
        recipient=recipients.get(work, RECIPIENT).profile,
    )
    record = receipts.record([replace(history[0], provision=viewed)], parties, "en")
    (process,) = record["dpv:hasProcess"]
    assert process["dpv:hasProcessing"] == ["dpv:Use"]
    assert [data["@type"] for data in process["dpv:hasPersonalData"]] == [
        ["dpv:SpecialCategoryPersonalData"],
        ["dpv:SensitivePersonalData"],
        ["dpv:PersonalData"],
    ]


def test_every_event_has_its_status():
    assert set(STATUS) == set(ConsentEvent)


def test_an_unknown_consent_has_no_receipt(work, owner):
    with pytest.raises(NotFound):
        issue(work, owner, ConsentId(work.ids.new()))


def refused(receipt, public=None):
    with pytest.raises(Invalid) as caught:
        receipts.verify(receipt, public or KEY.public)
    assert caught.value.code == "consent.receipt-invalid"


def test_tampered_and_foreign_receipts_are_refused(work, owner, consent_id):
    receipt = issue(work, owner, consent_id)
    head, body, signature = receipt.split(".")
    claims = json.loads(part(receipt, 1))
    changed = canonical({**claims, "state": "withdrawn"})
    forged = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
    refused(f"{head}.{forged}.{signature}")
    refused(f"{head}.{body}.")
    refused(f"{head}.{body}")
    refused("a" * 300_000)
    refused(receipt, StatementKey(b"\x01" * 32).public)
    refused(receipt, OKPKey.generate_key("Ed448", private=False).as_dict())
    refused(receipt, {"kty": "oct", "k": "AAAA"})


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b'{"v":2}',
        b'{ "v":1}',
        b'{"v":1.0}',
        b"not json",
        b"[]",
    ],
)
def test_signed_nonsense_is_refused(payload):
    refused(KEY.sign(receipts.TYP, payload))


def test_other_kinds_of_statements_are_refused():
    refused(KEY.sign("at+jwt", b'{"v":1}'))


@given(st.text(max_size=60))
def test_any_text_is_refused_quietly(text):
    refused(text)
