"""Closing an account by its page, and the page of the erasure afterwards."""

from uuid import UUID

import pytest

from audit import retention
from audit.retention import HoldReason
from pds.bank import traces
from pds.bank.erasing import finish_erasures
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.keys import versions
from pds.rights import erasure_certificate


def close(person, **fields):
    page = person.get("/account/close")
    return person.send(page.form_to("/account/close"), **fields)


def test_the_page_says_what_is_there_and_what_ends(person, records, consent):
    text = person.get("/account/close").text
    assert "records are stored" in text
    assert "These consents end at once" in text
    assert "This cannot be undone." in text


def test_somebody_with_nothing_is_told_so(portal, hanako):
    text = portal("hanako").get("/account/close").text
    assert "No records are stored." in text
    assert "No consent is in force." in text


def test_who_is_on_hold_is_told_why_and_keeps_the_account(bank, hanako, person):
    form = person.get("/account/close").form_to("/account/close")
    why = HoldReason.COMPLAINT
    bank.unit_of_work(lambda work: retention.hold(work, hanako, why, lift=False))

    page = person.get("/account/close")
    assert "A complaint that is being looked into" in page.text
    assert not any(each.action.endswith("/account/close") for each in page.forms)
    answer = person.post(form, 409, sure="sure")
    assert "Your data is on hold" in answer.text
    assert person.get("/home").response.status_code == 200


@pytest.mark.usefixtures("consent")
def test_who_is_on_hold_can_still_end_what_flows(bank, hanako, person):
    why = HoldReason.DISPUTE
    bank.unit_of_work(lambda work: retention.hold(work, hanako, why, lift=False))
    page = person.get("/account/close")
    assert "Nothing ends while the hold lasts" in page.text
    assert "These consents end at once" not in page.text
    assert "/rights/new/stop-provision" in page.links


def test_without_the_tick_nothing_happens(person):
    answer = close(person)
    assert answer.status_code == 422
    assert "Tick the box if you are sure." in answer.text
    assert person.get("/home").response.status_code == 200


def test_the_number_stands_on_the_page_before_the_act(bank, person, portal):
    page = person.get("/account/close")
    form = page.form_to("/account/close")
    number = form.fields["certificate"]
    assert f"{bank.settings.issuer}/erasure/{number}" in page.text
    again = person.send(form)
    assert number in again.text
    # The answer is lost, and the page is found by what was noted.
    person.send(form, sure="sure")
    assert "Keys destroyed" in portal().get(f"/erasure/{number}").text


@pytest.mark.parametrize(
    "change",
    [
        {"certificate": "01900000-0000-7000-8000-000000000000"},
        {"certificate": "none"},
        {"seal": "ä"},
        {"seal": ""},
    ],
)
def test_nobody_chooses_a_number(person, change):
    assert close(person, sure="sure", **change).status_code == 422
    assert person.get("/home").response.status_code == 200


def test_it_ends_the_session_and_gives_the_certificate(bank, person, portal):
    answer = close(person, sure="sure")

    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert "The rows are being deleted." in portal().get(address).text
    assert finish_erasures(bank) == 1
    UUID(address.rsplit("/", 1)[1])
    stranger = portal()
    page = stranger.get(address)
    assert "Everything is erased." in page.text
    assert "Old backups can no longer be read from" in page.text
    assert "hanako" not in page.text.lower()
    found = stranger.client.get(f"{address}/certificate")
    assert found.content_type == "application/erasure-certificate+jwt"
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    claims = erasure_certificate.verify(found.text, key.public)
    assert address.endswith(claims["jti"])
    assert person.client.get("/home").status_code == 303
    again = portal()
    with pytest.raises(AssertionError):
        again.log_in("hanako")


def test_a_day_that_is_not_known_is_said_in_words(bank, person, portal, monkeypatch):
    monkeypatch.setattr(versions, "unreadable_from", lambda *_known: None)
    address = close(person, sure="sure").headers["Location"]
    assert "Not yet known" not in portal().get(address).text
    assert finish_erasures(bank) == 1
    assert "Not yet known" in portal().get(address).text


def test_an_erasure_under_way_says_so(bank, person, portal, monkeypatch):
    monkeypatch.setattr(traces, "clear", lambda _settings, _clock: False)
    address = close(person, sure="sure").headers["Location"]
    assert finish_erasures(bank) == 0
    assert "The rows are being deleted." in portal().get(address).text
    assert portal().client.get(f"{address}/certificate").status_code == 404


def test_an_unknown_number_is_nobodys(bank, portal):
    assert portal().client.get(f"/erasure/{bank.ids.new()}").status_code == 404
