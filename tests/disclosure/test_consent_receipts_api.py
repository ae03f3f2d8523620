"""A recipient takes the receipts of its consents over the API."""

import pytest

from audit.verifier.consent_receipt import check, parse_key
from consent import service
from pds.bank import receipt_maker
from tests.disclosure.test_sent_back import named

PATH = "/api/v1/consent-receipts"


@pytest.fixture
def party(lone):
    return lone.consented()


def ask(party, **members):
    body = {**named(party), "consent_id": str(party.consent_id), **members}
    return party.world.app.test_client().post(PATH, data=body)


def test_a_recipient_takes_them_also_after_the_withdrawal(party):
    bank = party.world.bank
    bank.unit_of_work(
        lambda work: service.withdraw(work, party.owner, party.consent_id)
    )
    answer = ask(party, ui_locales="en")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    key = parse_key(receipt_maker.of(bank).signing.public["x"])
    found = [
        check(each, key, [bank.signer.vkey]).claims for each in answer.json["receipts"]
    ]
    assert [each["state"] for each in found] == ["given", "withdrawn"]
    assert answer.json["consent_id"] == str(party.consent_id)
    assert str(party.owner) not in answer.text


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"consent_id": "no"}, 422),
        ({"consent_id": "01938E6A-0000-7000-8000-0000000000C1"}, 422),
        ({"consent_id": "01938e6a-0000-7000-8000-0000000000c1"}, 404),
        ({"ui_locales": "fr"}, 422),
        ({"client_assertion": "x.y.z"}, 401),
    ],
)
def test_other_questions_are_refused(party, members, status):
    assert ask(party, **members).status_code == status


def test_an_assertion_is_good_once(party):
    body = {**named(party), "consent_id": str(party.consent_id)}
    send = party.world.app.test_client().post
    assert send(PATH, data=body).status_code == 200
    assert send(PATH, data=body).status_code == 401
