"""Duties and benefits on the pages of person, recipient and auditor (R-09, N-08)."""

import json
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from consent import benefits, duties, ledger, recipients, service
from consent.promise_tables import duty
from consent.tables import consent_use
from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.core.clock import tokyo_day
from pds.core.ids import RecipientId
from tests.web.conftest import _HASHES, RECIPIENT, sign_up

OTHER = RecipientId("other-lab")


@pytest.fixture
def given(bank, hanako, consent):
    """A consent of hanako under which something was given."""
    with bank.read() as snap:
        (found,) = ledger.every(snap, hanako)

    def use(work):
        work.connection.execute(
            insert(consent_use).values(
                owner_id=hanako,
                consent_id=found.consent_id,
                day=tokyo_day(work.now),
                n=1,
            )
        )

    bank.unit_of_work(use)
    return found


@pytest.fixture
def ended(bank, hanako, given):
    bank.unit_of_work(lambda work: service.withdraw(work, hanako, given.consent_id))
    with bank.read() as snap:
        return {each.kind.value: each for each in duties.of_owner(snap, hanako)}


@pytest.fixture
def coach(bank, given, portal):
    sign_up(bank, "coach", Role.RECIPIENT)
    return portal("coach")


@pytest.fixture
def stranger(bank, given, portal):
    """Somebody of another recipient."""

    def act(work):
        known = recipients.get(work, RecipientId(RECIPIENT)).profile
        profile = replace(known, recipient_id=OTHER, corporate_number="5999900000103")
        recipients.register(work, profile, actor="o")
        kept = next(iter(_HASHES.values()))
        wish = SignUp(
            login="stranger",
            password_hash=kept,
            name="Stranger",
            role=Role.RECIPIENT,
            recipient_id=OTHER,
        )
        accounts.sign_up(work, bank.secret(PEPPER), wish)

    bank.unit_of_work(act)
    return portal("stranger")


def the(bank, duty_id):
    with bank.read() as snap:
        return duties.get(snap, duty_id, RecipientId(RECIPIENT))


def test_a_recipient_attests_and_reports_and_the_person_sees_it(
    bank, ended, coach, person
):
    listed = coach.get("/recipient/duties")
    assert "Delete the data" in listed.text
    address = f"/recipient/duties/{ended['delete'].duty_id}"
    form = coach.get(address).form_to(address)
    assert coach.send(form).status_code == 422
    assert the(bank, ended["delete"].duty_id).done_at is None
    assert coach.send(form, is_true="yes").status_code == 303

    address = f"/recipient/duties/{ended['report'].duty_id}"
    form = coach.get(address).form_to(address)
    assert coach.send(form, is_true="yes").status_code == 422
    assert coach.send(form, is_true="yes", uses="毎月の助言").status_code == 303
    assert "毎月の助言" in coach.get(address).text

    page = person.get("/benefits")
    assert "毎月の助言" in page.text
    assert page.text.count("Done") == 2


def test_an_overdue_duty_shows_red_to_both(bank, ended, coach, person):
    place = duty.c.duty_id == ended["delete"].duty_id
    bank.unit_of_work(
        lambda work: work.connection.execute(
            update(duty).where(place).values(state="overdue")
        )
    )
    assert "A duty is overdue" in coach.get("/recipient").text
    assert "Something was not done in time" in person.get("/benefits").text


def test_a_benefit_is_delivered_and_denied_and_delivered(
    bank, hanako, given, coach, person
):
    with bank.read() as snap:
        (found,) = benefits.of_owner(snap, hanako)
    address = f"/recipient/benefits/{found.benefit_id}"
    form = coach.get("/recipient/benefits").form_to(address)
    assert coach.send(form).status_code == 303
    mine = f"/benefits/{found.benefit_id}"
    form = person.get("/benefits").form_to(mine)
    assert person.send(form, said="other").status_code == 422
    assert person.send(form, said="disputed").status_code == 303
    assert "nothing came" in coach.get("/recipient/benefits").text
    form = coach.get("/recipient/benefits").form_to(address)
    assert coach.send(form).status_code == 303
    form = person.get("/benefits").form_to(mine)
    assert person.send(form, said="confirmed").status_code == 303
    assert "has it" in person.get("/benefits").text


def test_a_recipient_sees_its_own_and_no_identity(
    bank, hanako, given, ended, coach, stranger
):
    pages = (
        "/recipient",
        "/recipient/consents",
        "/recipient/deliveries",
        "/recipient/duties",
        "/recipient/benefits",
        f"/recipient/duties/{ended['delete'].duty_id}",
    )
    for address in pages:
        text = coach.get(address).text
        for mark in ("hanako", "Hanako", str(hanako), hanako.hex):
            assert mark not in text, address
    assert str(given.consent_id) in coach.get(pages[-1]).text
    for address in pages[:-1]:
        text = stranger.get(address).text
        assert str(given.consent_id) not in text
        assert "Genki" not in text or address == "/recipient"
    stranger.get(pages[-1], 404)
    with bank.read() as snap:
        (found,) = benefits.of_owner(snap, hanako)
    form = stranger.get("/recipient").form_to("/logout")
    for address in (
        pages[-1],
        f"/recipient/benefits/{found.benefit_id}",
        f"/recipient/deliveries/{UUID(int=5)}",
    ):
        sent = stranger.send(replace(form, action=address), is_true="yes")
        assert sent.status_code == 404
    assert the(bank, ended["delete"].duty_id).done_at is None


def test_the_auditor_counts_without_persons(hanako, ended, auditor):
    page = auditor.get("/auditor/duties")
    assert "Report what it was used for" in page.text
    assert str(hanako) not in page.text


def test_the_api_takes_one_statement_and_nothing_else(app):
    client = app.test_client()
    for body in ("", "[]", "{}", '{"statement": 1}', '{"statement": "x", "y": 1}'):
        answer = client.post("/api/v1/statements", data=body)
        assert answer.status_code == 422
        assert answer.json["code"] == "statement.unsound"
    assert client.post("/api/v1/statements", data=b"\xff").status_code == 422
    text = json.dumps({"statement": "e30.e30.e30"})
    assert client.post("/api/v1/statements", data=text).status_code == 422
