"""Pages open the evidence of the consents that they show, and of no others."""

from datetime import timedelta

import pytest

from consent import content, service
from pds.keys.keyring import Keyring
from pds.web.portal import consents
from tests.web.conftest import provision
from tests.web.test_web_instructions import offer  # noqa: F401

MANY = 6


@pytest.fixture
def opened(monkeypatch):
    """Return the ids of consents whose evidence was opened, in their order."""
    found = []
    unseal = Keyring.unseal

    def count(self, key, envelope, object_id, version, label):
        if label == content.LABEL:
            found.append(object_id)
        return unseal(self, key, envelope, object_id, version, label)

    monkeypatch.setattr(Keyring, "unseal", count)
    return found


@pytest.fixture
def refused(bank, hanako, recipient):
    """Many requests that were refused, in the order of the list."""
    terms = provision(bank.clock.now())

    def act(work):
        asked = service.request(work, hanako, recipient, terms)
        service.refuse(work, hanako, asked.consent.consent_id)
        return asked.consent.consent_id

    # All are of one moment, so their ids say nothing of the order of making.
    return sorted((bank.unit_of_work(act) for _ in range(MANY)), reverse=True)


def test_the_list_opens_what_its_page_shows(
    person, consent, refused, opened, monkeypatch
):
    monkeypatch.setattr(consents, "PAGE", 4)

    first = person.get("/consents")

    assert "In force (1)" in first.text
    assert f"Ended ({MANY})" in first.text
    shown = [str(each) for each in opened]
    assert shown == [consent, *map(str, refused[:3])]
    opened.clear()
    (following,) = [each for each in first.links if "page=2" in each]
    second = person.get(following)
    assert "In force" not in second.text
    assert f"Ended ({MANY})" in second.text
    assert len(opened) == MANY - 3
    assert "/consents" in second.links
    opened.clear()
    assert "Nothing more is here." in person.get("/consents?page=9").text
    assert opened == []
    for strange in ("0", "x", "-1", "9" * 40):
        assert "In force (1)" in person.get(f"/consents?page={strange}").text


def test_home_opens_no_refused_request(person, consent, refused, opened):
    person.get("/home")
    assert {str(each) for each in opened} <= {consent}


def test_reminders_open_only_what_may_need_a_look(
    person, bank, hanako, consent, opened, clock
):
    person.get("/consents")
    assert [str(each) for each in opened] == [consent]
    opened.clear()
    clock.advance(timedelta(days=89))
    person.log_in("hanako")
    person.get("/consents")
    assert {str(each) for each in opened} == {consent}


def test_the_board_opens_only_answers_to_recipients_with_a_live_offer(
    person,
    bank,
    hanako,
    offer,  # noqa: F811
    refused,
    opened,
    monkeypatch,
):
    person.get("/offers")
    assert set(opened) == set(refused)
    opened.clear()
    monkeypatch.setattr("consent.offers.live", lambda _snap: [])
    person.get("/offers")
    assert opened == []
