"""Consent receipts with proof: fixed vectors, and what an attacker would bring."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical
from audit.errors import VerificationError
from audit.verifier.consent_receipt import KANTARA, TYP, check, parse_key, thumbprint
from consent import kantara, receipts
from pds.crypto.statement import StatementKey

VECTOR = json.loads(
    (Path(__file__).parents[1] / "vectors/consent/receipt-3.json").read_text()
)
KEY = parse_key(VECTOR["public"]["x"])
LOGS = [VECTOR["log_key"]]
OURS = StatementKey(bytes(range(32)))
OUR_KEY = parse_key(OURS.public["x"])


def opened(text, key=KEY):
    return check(text, key, LOGS)


def refused(text, key=KEY, logs=LOGS):
    with pytest.raises(VerificationError):
        check(text, key, logs)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims, typ=TYP):
    return OURS.sign(typ, claims if type(claims) is bytes else canonical(claims))


def changed(**members):
    return VECTOR["claims"] | members


def test_the_vector_holds():
    found = opened(VECTOR["receipt"])
    assert found.claims == VECTOR["claims"]
    assert found.claims["v"] == receipts.PROOF_VERSION
    assert found.entry.opened["reasons"] == "withdrawn"
    assert thumbprint(KEY) == VECTOR["public"]["kid"]
    assert receipts.verify(VECTOR["receipt"], VECTOR["public"]) == VECTOR["claims"]
    wrapped = "\r\n".join(
        VECTOR["receipt"][i : i + 70] for i in range(0, len(VECTOR["receipt"]), 70)
    )
    assert opened(wrapped) == found


def test_the_kantara_vector_holds():
    found = opened(VECTOR["kantara"])
    assert found.typ == KANTARA
    assert found.entry is None
    assert found.claims == VECTOR["kantara_claims"]
    assert kantara.compose(VECTOR["claims"], VECTOR["public"]) == found.claims
    assert found.claims["consentReceiptID"] == VECTOR["claims"]["jti"]


def test_any_changed_byte_is_refused():
    head, body, signature = VECTOR["receipt"].split(".")
    for forged in (
        encoded(canonical(changed(state="given"))),
        encoded(canonical(changed(consent_version=2))),
        encoded(canonical(changed(proof=""))),
    ):
        refused(f"{head}.{forged}.{signature}")
    refused(f"{head}.{body}.{encoded(bytes(64))}")
    refused(f"{head}.{body}.")
    refused(f"{head}.{body}")


def test_another_key_or_algorithm_is_refused():
    head, body, signature = VECTOR["receipt"].split(".")
    refused(VECTOR["receipt"], OUR_KEY)
    kid = VECTOR["public"]["kid"]
    for said in (
        {"alg": "none", "kid": kid, "typ": TYP},
        {"alg": "HS256", "kid": kid, "typ": TYP},
        {"alg": "EdDSA", "kid": OURS.kid, "typ": TYP},
        {"alg": "EdDSA", "jwk": OURS.public, "kid": kid, "typ": TYP},
        {"alg": "EdDSA", "kid": kid, "typ": "at+jwt"},
    ):
        refused(f"{encoded(canonical(said))}.{body}.{signature}")
        refused(f"{encoded(canonical(said))}.{body}.{encoded(b'')}")
    other_log = "x+00000000+AQ=="
    refused(VECTOR["receipt"], logs=[other_log])
    assert head


def test_twice_named_members_are_refused():
    kid = OURS.kid
    head = f'{{"alg":"EdDSA","kid":"{kid}","kid":"{kid}","typ":"{TYP}"}}'.encode()
    twice = signed(changed()).split(".")
    refused(f"{encoded(head)}.{twice[1]}.{twice[2]}", OUR_KEY)
    payload = canonical(changed())
    refused(signed(b'{"state":"given",' + payload[1:]), OUR_KEY)
    refused(signed(b" " + payload), OUR_KEY)


def test_what_a_dishonest_bank_signs_is_found():
    assert check(signed(changed()), OUR_KEY, LOGS).entry is not None
    last = VECTOR["claims"]["record"]["dpv:hasProcess"][0]["dpv:hasConsentStatus"][-1]
    for claims in (
        changed(v=2),
        changed(v=True),
        changed(state="given"),
        changed(consent_version=2),
        changed(leaf_id=VECTOR["claims"]["consent_id"]),
        changed(consent_id=VECTOR["claims"]["leaf_id"]),
        changed(extra="x"),
        changed(record={}),
        changed(record=[]),
        changed(proof=3),
        changed(proof="c2sp.org/tlog-proof@v1\nindex 0\n\n"),
        {k: v for k, v in changed().items() if k != "iss"},
        [],
    ):
        refused(signed(claims), OUR_KEY)
    assert last["ib:event"] == "withdrawn"


@pytest.mark.parametrize("member", ["recipient", "event"])
def test_the_proof_of_another_entry_is_refused(member):
    claims = json.loads(canonical(changed()))
    record = claims["record"]
    if member == "recipient":
        entity = record["dpv:hasEntity"]["ib:recipient"]
        entity["dpv:hasIdentifier"] = "another"
    else:
        record["dpv:hasProcess"][0]["dpv:hasConsentStatus"][-1]["ib:event"] = "revoked"
        claims["state"] = "revoked"
    refused(signed(claims), OUR_KEY)


def test_a_missing_proof_is_said():
    without = {k: v for k, v in changed(v=1).items() if k != "proof"}
    assert check(signed(without), OUR_KEY, LOGS).entry is None
    refused(signed({**without, "v": 3}), OUR_KEY)


def test_kantara_of_another_version_is_refused():
    for claims in ({}, VECTOR["kantara_claims"] | {"version": "KI-CR-v1.2"}):
        refused(signed(claims, KANTARA), OUR_KEY)


@pytest.mark.parametrize("text", ["", "x", "=" * 43, "A" * 42, "A" * 45, "é" * 43])
def test_other_texts_are_no_key(text):
    with pytest.raises(VerificationError):
        parse_key(text)


@given(st.text(max_size=60))
def test_any_text_is_refused_quietly(text):
    refused(text)
