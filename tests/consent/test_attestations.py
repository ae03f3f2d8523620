"""Yearly attestations of recipients: due, taken, overdue (R-06, R-09)."""

import json
from functools import partial
from pathlib import Path

import pytest

from consent import preflight, recipients
from consent.criteria import attestation
from consent.criteria.attestation import CURRENT
from consent.oauth import clients
from consent.oauth.opaque import encode
from consent.reasons import Reason
from consent.vetting import attestations, papers, standings
from consent.vetting.attestations import TYP, AttestationState
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.core.vocabulary.words import read_file
from tests import clearing
from tests.consent.world import DAY, NOW, PROFILE, PROVISION, RECIPIENT
from tests.oauth.jose import Signer

DUE = NOW + 365 * DAY
POINTS = frozenset(CURRENT.points)
VECTOR = Path(__file__).parents[1] / "vectors" / "consent" / "attestation.json"
FILE = read_file("attestation.json", "consent.criteria")

take_paper = partial(
    attestations.accept_paper,
    recipient_id=RECIPIENT,
    signer="光 太郎",
    points=POINTS,
    paper=papers.read(clearing.PAPER),
    actor="o",
)


@pytest.fixture(scope="module")
def signer():
    return Signer("EdDSA")


@pytest.fixture
def client(work, contract_id, signer):
    clients.register(
        work,
        client_id="app",
        recipient_id=RECIPIENT,
        jwks={"keys": [{**signer.jwk, "kid": "one"}]},
        redirect_uris=["https://recipient.example/callback"],
        purposes=["health.advice"],
        categories=["health"],
    )


def signed(signer, payload, typ=TYP):
    head = json.dumps({"alg": signer.alg, "typ": typ}).encode()
    message = f"{encode(head)}.{encode(payload)}"
    return f"{message}.{encode(signer.raw(message.encode()))}"


def attest_by(work):
    return recipients.get(work, RECIPIENT).attest_by


def is_stopped(work):
    # Checks count for a year; what is tested here is the attestation alone.
    return (
        Reason.RECIPIENT_NOT_CLEARED
        in preflight.check(work, RECIPIENT, PROVISION).reasons
    )


def test_the_first_is_due_a_year_after_the_first_approval(at, work, contract_id):
    assert attest_by(work) == DUE
    clearing.suspend(at(NOW + DAY), RECIPIENT)
    clearing.approve(at(NOW + 2 * DAY), RECIPIENT)
    assert attest_by(work) == DUE


def test_an_application_owes_nothing(work):
    recipients.register(work, PROFILE, actor="o")
    assert attest_by(work) is None
    with pytest.raises(Conflict):
        attestations.due(work, RECIPIENT)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (DUE - 61 * DAY, AttestationState.FAR),
        (DUE - 60 * DAY, AttestationState.SOON),
        (DUE - DAY / 1000, AttestationState.SOON),
        (DUE, AttestationState.OVERDUE),
        (DUE + 30 * DAY - DAY / 1000, AttestationState.OVERDUE),
        (DUE + 30 * DAY, AttestationState.BLOCKING),
    ],
)
def test_the_state_says_how_near_it_is(moment, expected):
    assert attestations.state(DUE, moment) is expected
    assert attestations.state(None, moment) is AttestationState.NONE


def test_it_stops_everything_after_its_grace_until_it_is_made_up_for(
    at, work, contract_id
):
    clearing.clear(at(DUE - DAY), RECIPIENT)
    end = DUE + CURRENT.grace
    assert not is_stopped(at(end - DAY / 1000))
    assert is_stopped(at(end))
    clearing.clear(at(end), RECIPIENT)
    assert is_stopped(at(end))

    take_paper(at(end))

    assert not is_stopped(at(end))
    assert attest_by(work) == DUE + CURRENT.period


def test_a_statement_of_a_client_key_is_taken_once(at, client, signer):
    later = at(DUE - DAY)
    text = signed(signer, attestations.text_to_sign(later, RECIPIENT))

    attestations.accept_statement(later, RECIPIENT, text, actor="o")

    (taken,) = attestations.history(later, RECIPIENT)
    assert (taken.no, taken.since, taken.until) == (1, NOW, DUE)
    assert taken.statement == text
    assert set(taken.points) == POINTS
    with pytest.raises(Conflict):
        attestations.accept_statement(later, RECIPIENT, text, actor="o")
    year = at(DUE + 364 * DAY)
    with pytest.raises(Invalid, match="something else"):
        attestations.accept_statement(year, RECIPIENT, text, actor="o")


@pytest.mark.parametrize("change", ["typ", "points", "key", "recipient_id"])
def test_a_statement_of_anything_else_is_refused(at, client, signer, change):
    later = at(DUE)
    said = json.loads(attestations.text_to_sign(later, RECIPIENT))
    if change == "points":
        said["points"] = said["points"][1:]
    if change == "recipient_id":
        said["recipient_id"] = "another"
    by = Signer("EdDSA") if change == "key" else signer
    typ = "provision-contract+jwt" if change == "typ" else TYP
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    with pytest.raises(Invalid) as caught:
        attestations.accept_statement(
            later, RECIPIENT, signed(by, payload, typ), actor="o"
        )

    assert caught.value.code == "statement.unsound"
    assert attestations.history(later, RECIPIENT) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"points": POINTS - {"deletion"}}, "attestation.points"),
        ({"points": POINTS | {"more"}}, "attestation.points"),
        ({"signer": " "}, "attestation.signer"),
        ({"signer": "x" * 201}, "attestation.signer"),
        ({"signer": "123456789018"}, "papers.number"),
    ],
)
def test_a_paper_attests_everything_and_says_who_signed(at, contract_id, change, code):
    with pytest.raises(Invalid) as caught:
        take_paper(at(DUE), **change)
    assert caught.value.code == code


def test_it_is_too_early_long_before_and_too_late_after_the_end(at, contract_id):
    with pytest.raises(Conflict) as caught:
        take_paper(at(DUE - CURRENT.remind - DAY))
    assert caught.value.code == "attestation.not-possible-now"
    standings.end(at(DUE), RECIPIENT, actor="o")
    with pytest.raises(Conflict):
        take_paper(at(DUE))
    with pytest.raises(NotFound):
        attestations.due(at(DUE), RecipientId("nobody"))


def test_years_are_not_skipped(at, work, contract_id):
    late = DUE + 400 * DAY
    clearing.clear(at(late), RECIPIENT)
    take_paper(at(late))
    assert is_stopped(at(late))
    take_paper(at(late))
    assert not is_stopped(at(late))
    found = attestations.history(work, RECIPIENT)
    assert [each.no for each in found] == [2, 1]
    assert found[0].since == found[1].until


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"more": 1},
        {"points": []},
        {"points": FILE["points"][:1] * 2},
        {"points": [{**FILE["points"][0], "cites": []}]},
        {"remind_days": 365},
        {"remind_days": 0},
        {"grace_days": -1},
    ],
)
def test_a_file_of_another_form_is_refused(change):
    with pytest.raises(ValueError, match=r"[A-Z]"):
        attestation.parse({**FILE, **change})


def test_what_is_signed_is_what_the_vector_says(at, contract_id):
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))
    assert attestations.text_to_sign(at(DUE), RECIPIENT).decode() == vector["payload"]
    assert vector["typ"] == TYP
