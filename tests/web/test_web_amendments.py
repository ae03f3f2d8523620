"""What a person does with a consent that was given: pause, resume, renew, change."""

from datetime import timedelta

import pytest

from consent import ledger, service
from consent.states import ConsentEvent
from tests.web.test_web_offers import offer as _offer
from tests.web.test_web_offers import publish, template

offer = _offer


@pytest.fixture
def here(person, offer):
    """The address of a consent that answers an offer with one of two categories."""
    page = person.get(f"/offers/{offer}")
    form = page.form_to(str(offer))
    sent = person.post(form, decision="give", category="health.vital.weight")
    return sent.response.headers["Location"]


def events(bank, owner):
    with bank.read() as snap:
        (found,) = ledger.every(snap, owner)
        past = ledger.history(snap, bank.keys, owner, found.consent_id)
    return [each.event for each in past][2:]


def press(person, here, ending, status=303, **fields):
    return person.post(person.get(here).form_to(ending), status, **fields)


def test_a_consent_is_paused_and_resumed_by_one_press(bank, hanako, person, here):
    paused = person.follow(press(person, here, "/pause"))
    assert "Nothing is given until you resume it." in paused.text
    assert "Renew" not in paused.text
    resumed = person.follow(press(person, here, "/resume"))
    assert "Your consent is in force again." in resumed.text
    assert events(bank, hanako) == [ConsentEvent.PAUSED, ConsentEvent.RESUMED]


def test_the_banks_pause_is_not_the_persons_to_lift(bank, hanako, person, here):
    with bank.read() as snap:
        (found,) = ledger.every(snap, hanako)
    bank.unit_of_work(
        lambda work: service.suspend(
            work, hanako, found.consent_id, actor="operator", reason="looked into"
        )
    )
    page = person.get(here)
    assert "Only the bank can let it go on" in page.text
    assert all(not form.action.endswith("/resume") for form in page.forms)


def test_a_renewal_shows_the_notice_and_counts_anew(bank, hanako, person, here):
    asking = person.get(f"{here}/renew")
    assert "The same terms for another term" in asking.text
    assert "They erase it within 30 days of receiving it." in asking.text
    done = person.follow(person.post(asking.form_to("/renew")))
    assert "Your consent is renewed." in done.text
    assert events(bank, hanako) == [ConsentEvent.RENEWED]


def test_a_renewal_needs_a_fresh_login(bank, person, here):
    bank.clock.advance(timedelta(minutes=10))
    sent = person.get(f"{here}/renew", 303)
    assert sent.response.headers["Location"].startswith("/login/again")


def test_a_page_that_was_open_for_long_renews_nothing(bank, hanako, person, here):
    form = person.get(f"{here}/renew").form_to("/renew")
    assert "open for too long" in person.post(form, 409, at="1").text
    assert events(bank, hanako) == []


def test_a_change_widens_within_what_was_asked(bank, hanako, person, here):
    asking = person.get(f"{here}/change")
    form = asking.form_to("/change")
    assert form.fields["category"] == "health.vital.weight"
    both = ["health.vital.blood-pressure", "health.vital.weight"]
    done = person.follow(person.post(form, decision="give", category=both))
    assert "Your consent is changed." in done.text
    assert "Data that is given" in done.text
    assert done.text.count("Blood pressure, ") == 3
    assert events(bank, hanako) == [ConsentEvent.AMENDED]


def test_the_same_again_is_no_change(bank, hanako, person, here):
    form = person.get(f"{here}/change").form_to("/change")
    sent = person.post(form, 422, decision="give", category="health.vital.weight")
    assert "This is what you give already." in sent.text
    assert events(bank, hanako) == []


def test_what_a_change_lets_go_can_be_looked_at(person, records, here):
    form = person.get(f"{here}/change").form_to("/change")
    looked = person.post(form, 200, decision="look", detail="month")
    assert "These are sums of your own records" in looked.text


def test_an_ended_consent_is_neither_renewed_nor_changed(person, here):
    asked = person.get(f"{here}/withdraw")
    person.post(asked.form_to("/withdraw"))
    assert person.get(f"{here}/renew", 409)
    assert person.get(f"{here}/change", 409)


def test_reminders_stand_on_home_and_consents(bank, portal, person, here):
    bank.clock.advance(timedelta(days=89, hours=23))
    again = portal("hanako")
    listed = again.get("/consents")
    assert "Look at these again (" not in listed.text
    assert "It ends at" in listed.text
    assert "your consent ends at" in again.get("/home").text


def test_an_unused_consent_is_ended_by_one_press(bank, hanako, portal, recipient):
    long = bank.unit_of_work(
        lambda work: publish(work, template(work.now, validity_days=150))
    )
    visitor = portal("hanako")
    form = visitor.get(f"/offers/{long}").form_to(str(long))
    visitor.post(form, decision="give", category="health.vital.weight")
    bank.clock.advance(timedelta(days=90))
    late = portal("hanako")
    home = late.get("/home")
    assert "Nobody has used it for 90 days or more." in home.text
    late.post(home.form_to("/withdraw"))
    assert events(bank, hanako) == [ConsentEvent.WITHDRAWN]


def test_the_whole_way_of_an_offer(bank, hanako, person, records, offer):
    """Find it, look at own records, give less, say yes, pause, resume, renew, end."""
    found = person.get("/offers").links
    address = next(link for link in found if link.startswith("/offers/"))
    page = person.get(address)
    assert "71.9 kg" in page.text
    form = page.form_to(str(offer))
    person.post(form, 200, decision="look", detail="month")
    less = {"detail": "month", "last_day": "2026-12-20"}
    sent = person.post(form, decision="give", category="health.vital.weight", **less)
    here = sent.response.headers["Location"]
    press(person, here, "/pause")
    press(person, here, "/resume")
    person.post(person.get(f"{here}/renew").form_to("/renew"))
    person.post(person.get(f"{here}/withdraw").form_to("/withdraw"))
    assert events(bank, hanako) == [
        ConsentEvent.PAUSED,
        ConsentEvent.RESUMED,
        ConsentEvent.RENEWED,
        ConsentEvent.WITHDRAWN,
    ]
    assert "Your consent has ended" in person.get("/offers").text
