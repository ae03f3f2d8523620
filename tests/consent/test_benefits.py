"""The benefit ledger: promised by a yes, due, delivered, answered (N-08)."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from audit import known_time
from audit.tables import log_clock
from consent import (
    benefit_record,
    benefit_statements,
    benefits,
    service,
    signed_claims,
)
from consent.benefit_record import GRACE, BenefitAnswer, BenefitState
from consent.oauth import clients
from consent.oauth.opaque import encode
from consent.tables import consent_use
from pds.core.clock import to_millis, tokyo_day
from pds.core.errors import Conflict, Invalid, NotFound
from tests.consent.world import DAY, NOW, PROVISION, RECIPIENT
from tests.oauth.jose import Signer

END = NOW + 10 * DAY
DUE = NOW + 90 * DAY


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


@pytest.fixture
def promised(work, owner, consent_given):
    known_time.begin(work)
    return consent_given.consent.consent_id


def the(work, owner):
    (found,) = benefits.of_owner(work, owner)
    return found


def trust(work):
    work.connection.execute(update(log_clock).values(at=work.now))
    return work


def signed(signer, payload, typ=benefit_statements.TYP):
    head = json.dumps({"alg": signer.alg, "typ": typ}).encode()
    message = f"{encode(head)}.{encode(payload)}"
    return f"{message}.{encode(signer.raw(message.encode()))}"


def test_a_yes_promises_what_the_terms_say(work, owner, promised):
    found = the(work, owner)
    assert (found.state, found.due_at) == (BenefitState.PROMISED, DUE)
    assert found.kind is PROVISION.benefit.kind
    said = benefit_record.opened(work, work.keys, found)
    assert said == {"v": 1, "ja": PROVISION.benefit.ja, "en": PROVISION.benefit.en}
    assert PROVISION.benefit.en.encode() not in found.envelope


def test_time_makes_it_due_and_then_overdue(at, owner, promised):
    assert benefits.due(trust(at(DUE - DAY)), limit=9) == []
    work = trust(at(DUE))
    (found,) = benefits.due(work, limit=9)
    assert benefits.go_on(work, found)
    assert the(work, owner).state is BenefitState.DUE
    assert not benefits.go_on(work, found)
    late = trust(at(DUE + GRACE))
    (found,) = benefits.due(late, limit=9)
    assert benefits.go_on(late, found)
    assert the(late, owner).state is BenefitState.OVERDUE
    assert benefits.due(late, limit=9) == []
    assert not benefits.go_on(late, the(late, owner))


def test_a_clock_that_jumped_does_nothing(at, owner, promised):
    ahead = at(DUE + GRACE)
    assert benefits.due(ahead, limit=9) == []
    with pytest.raises(Conflict):
        benefits.go_on(ahead, the(ahead, owner))


def test_the_end_of_a_consent_that_nobody_used_lets_it_lapse(at, owner, promised):
    service.withdraw(at(END), owner, promised)
    assert the(at(END), owner).state is BenefitState.LAPSED


def test_what_was_used_is_owed_after_the_end(at, owner, promised):
    at(NOW).connection.execute(
        insert(consent_use).values(
            owner_id=owner, consent_id=promised, day=tokyo_day(NOW), n=1
        )
    )
    service.withdraw(at(END), owner, promised)
    assert the(at(END), owner).state is BenefitState.PROMISED


def test_a_delivery_is_told_once_and_the_person_has_the_last_word(at, owner, promised):
    work = at(END)
    found = the(work, owner)
    with pytest.raises(Conflict):
        benefits.answer(work, found, BenefitAnswer.CONFIRMED)
    benefits.deliver(work, found, actor="somebody", form="console")
    with pytest.raises(Conflict):
        benefits.deliver(work, found, actor="somebody", form="console")
    with pytest.raises(Conflict):
        benefits.deliver(work, the(work, owner), actor="somebody", form="console")

    benefits.answer(work, the(work, owner), BenefitAnswer.DISPUTED)

    again = the(work, owner)
    assert (again.state, again.answer) == (
        BenefitState.OVERDUE,
        BenefitAnswer.DISPUTED,
    )
    benefits.deliver(work, again, actor="somebody", form="console")
    benefits.answer(work, the(work, owner), BenefitAnswer.CONFIRMED)
    last = the(work, owner)
    assert (last.state, last.answer) == (
        BenefitState.DELIVERED,
        BenefitAnswer.CONFIRMED,
    )
    assert benefits.counts(work) == {(RECIPIENT, "insight", "delivered"): 1}
    assert benefits.of_recipient(work, RECIPIENT, limit=9) == [last]
    assert benefits.get_mine(work, owner, last.benefit_id) == last


def test_a_signed_word_of_a_delivery_is_taken_once(at, owner, client, signer, promised):
    work = at(END)
    text = signed(signer, benefit_statements.payload(the(work, owner), END))
    assert signed_claims.typ(text) == benefit_statements.TYP

    benefit_statements.accept(work, text)

    assert the(work, owner).state is BenefitState.DELIVERED
    with pytest.raises(Conflict):
        benefit_statements.accept(work, text)
    # The person says that nothing came: the same word is of no use again later.
    later = at(END + DAY)
    benefits.answer(later, the(later, owner), BenefitAnswer.DISPUTED)
    benefits.deliver(later, the(later, owner), actor="x", form="console")
    benefits.answer(later, the(later, owner), BenefitAnswer.DISPUTED)
    with pytest.raises(Invalid, match="moment"):
        benefit_statements.accept(later, text)


HOSTILE = {
    "key": "statement.unsound",
    "typ": "statement.unsound",
    "consent_id": "statement.unsound",
    "recipient_id": "benefit.unknown",
    "benefit_id": "benefit.unknown",
    "early": "benefit.stale",
    "ahead": "benefit.stale",
}


@pytest.mark.parametrize("change", HOSTILE)
def test_any_other_word_is_refused(at, owner, client, signer, promised, change):
    work = at(END)
    found = the(work, owner)
    said = json.loads(benefit_statements.payload(found, END))
    if change in said:
        said[change] = "other" if change == "recipient_id" else str(work.ids.new())
    moment = {"early": NOW - timedelta(seconds=1), "ahead": END + DAY}.get(change, END)
    said["at"] = to_millis(moment)
    typ = "usage-report+jwt" if change == "typ" else benefit_statements.TYP
    by = Signer("EdDSA") if change == "key" else signer
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()

    with pytest.raises((Invalid, NotFound)) as caught:
        benefit_statements.accept(work, signed(by, payload, typ))

    assert caught.value.code == HOSTILE[change]
    assert the(work, owner) == found


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "x" * 20_001, "e30.e30.e30"])
def test_no_statement_at_all_is_refused(text):
    for read in (signed_claims.typ, lambda each: signed_claims.read(each, "duty_id")):
        with pytest.raises(Invalid) as caught:
            read(text)
        assert caught.value.code == "statement.unsound"
