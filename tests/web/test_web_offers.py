"""The offer board: benefit first, a published order, and a remembered answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import board, ledger, offer_rules, offers, service
from consent.facts import BoardResult, BoardSubjectKind
from consent.offers import OfferTemplate
from consent.states import ConsentEvent, ConsentState
from pds.accounts import service as accounts
from pds.accounts.roles import Role
from tests import clearing
from tests.web.conftest import RECIPIENT, decision, provision, sign_up

TITLE = "A plan for your weight"


def template(now, **changes):
    made = OfferTemplate(
        provision=provision(now),
        window_days=365,
        validity_days=90,
        title_ja="体重の計画",
        title_en=TITLE,
    )
    return replace(made, **changes)


def publish(work, made, version=1, offer_id=None):
    if offer_id is None:
        offer_id = offers.draft(work, RECIPIENT, made, actor="test")
    else:
        offers.revise(work, offer_id, made, actor="test")
    until = work.now + timedelta(days=200)
    kind = BoardSubjectKind.OFFER
    approved = replace(decision(kind, str(offer_id), until), subject_version=version)
    approve(work, approved)
    offers.go_live(work, offer_id, actor="test")
    return offer_id


def approve(work, decided):
    board.decide(work, decided, actor="test")


def approve_rules(work):
    offer_rules.enter(work)
    for each in offer_rules.DEFINITIONS:
        until = work.now + timedelta(days=200)
        approve(work, decision(each.kind, each.subject_id, until))


@pytest.fixture
def offer(bank, recipient):
    """A live offer."""
    return bank.unit_of_work(lambda work: publish(work, template(work.now)))


@pytest.fixture
def page(person, offer):
    return person.get(f"/offers/{offer}")


def only_consent(bank, owner):
    with bank.read() as snap:
        (found,) = ledger.every(snap, owner)
    return found


def events(bank, owner, consent):
    with bank.read() as snap:
        past = ledger.history(snap, bank.keys, owner, consent.consent_id)
    return [each.event for each in past]


def test_the_benefit_comes_before_what_is_asked(person, records, offer):
    page = person.get("/offers")
    benefit, asked = "Points: 100 points a month", "For this they want:"
    assert page.text.index(benefit) < page.text.index(asked)
    assert "Not answered yet (1)" in page.text
    assert "You have no such data" not in page.text


def test_rules_are_said_only_once_the_board_approved_them(bank, person, offer):
    before = person.get("/offers").text
    assert "No rule is approved now" in before
    assert "Transparency score" not in before
    bank.unit_of_work(approve_rules)
    after = person.get("/offers").text
    assert "Nobody can pay for a place." in after
    assert "Transparency score: 14 of 22 points" in after


def test_a_score_is_shown_with_all_its_parts(bank, person, offer):
    bank.unit_of_work(approve_rules)
    text = person.get(f"/offers/{offer}").text
    assert "14 of 22 points" in text
    assert "How long they keep it They erase it within 30 days of receiving it." in text
    assert "2 of 3" in text


def test_an_offer_says_if_there_is_nothing_that_it_asks_for(person, offer):
    assert "You have no such data" in person.get("/offers").text


def test_offers_are_found_by_recipient_and_by_own_data(person, records, offer):
    here = "/offers?class=other&kind=health.vital.weight"
    assert TITLE in person.get(here).text
    assert TITLE not in person.get("/offers?class=medical").text
    assert TITLE not in person.get("/offers?kind=health.sleep").text


@pytest.mark.parametrize("state", ["draft", "ended", "stopped", "suspended"])
def test_only_what_could_be_given_is_on_the_board(bank, person, recipient, state):
    def act(work):
        if state == "draft":
            return offers.draft(work, RECIPIENT, template(work.now), actor="test")
        made = publish(work, template(work.now))
        if state == "ended":
            offers.end(work, made, actor="test")
        elif state == "suspended":
            clearing.suspend(work, RECIPIENT)
        else:
            kind, until = BoardSubjectKind.OFFER, work.now + timedelta(days=9)
            refused = decision(kind, str(made), until)
            approve(work, replace(refused, result=BoardResult.REJECTED))
        return made

    made = bank.unit_of_work(act)
    assert TITLE not in person.get("/offers").text
    status = {"draft": 404, "ended": 409, "stopped": 200, "suspended": 200}[state]
    page = person.get(f"/offers/{made}", status)
    assert "Your answer" not in page.text


def test_an_offer_cannot_be_answered_once_its_recipient_is_suspended(
    bank, hanako, person, page
):
    """The page was open before; nothing of an answer to it is kept (R-08)."""
    form = page.form_to(page.forms[-1].action)
    bank.unit_of_work(lambda work: clearing.suspend(work, RECIPIENT))

    person.send(form, decision="give", category="health.vital.weight")

    with bank.read() as snap:
        assert ledger.every(snap, hanako) == []


def test_consents_of_a_suspended_recipient_say_so(bank, person, hanako, consent):
    assert "It receives nothing now." not in person.get("/consents").text

    bank.unit_of_work(lambda work: clearing.suspend(work, RECIPIENT))

    assert "Suspended It receives nothing now." in person.get("/consents").text
    alone = person.get(f"/consents/{consent}").text
    assert "Reason: Something went wrong with data." in alone


def test_an_offer_is_shown_with_the_records_that_would_go(person, records, offer):
    page = person.get(f"/offers/{offer}")
    assert page.headings == [TITLE]
    assert "71.9 kg" in page.text
    assert "privacy@example.jp" in page.text
    assert "Decision of the data ethics board Approved" in page.text


def test_a_yes_gives_what_was_ticked_and_nothing_else(bank, hanako, person, page):
    form = page.form_to(page.forms[-1].action)
    sent = person.post(form, decision="give", category="health.vital.weight")
    after = person.follow(sent)
    assert "You said yes. Nothing goes until the recipient fetches it." in after.text
    given = only_consent(bank, hanako)
    assert given.state is ConsentState.GIVEN
    asked = [ConsentEvent.REQUESTED, ConsentEvent.GIVEN]
    assert events(bank, hanako, given) == asked
    with bank.read() as snap:
        terms = ledger.terms(snap, bank.keys, given)
    assert terms.provision.categories == ("health.vital.weight",)
    assert terms.agreement.offer_version == 1
    assert "You said yes" in person.get("/offers").text


def test_a_yes_with_nothing_ticked_is_asked_again(bank, hanako, person, page):
    form = page.form_to(page.forms[-1].action)
    assert "Tick at least one kind" in person.post(form, 422, decision="give").text
    with bank.read() as snap:
        assert ledger.every(snap, hanako) == []


def test_less_can_be_looked_at_before(person, records, page):
    form = page.form_to(page.forms[-1].action)
    looked = person.post(form, 200, decision="look", detail="month")
    assert "These are sums of your own records" in looked.text


def test_a_yes_needs_a_fresh_login_and_a_no_does_not(bank, hanako, person, offer):
    bank.clock.advance(timedelta(minutes=10))
    page = person.get(f"/offers/{offer}")
    assert "Before a yes: confirm that it is you" in page.text
    assert page.controls == [] or all(c[2] != "category" for c in page.controls)
    form = page.form_to(page.forms[-1].action)
    yes = person.post(form, decision="give", category="health.vital.weight")
    assert yes.response.headers["Location"].startswith("/login/again")
    with bank.read() as snap:
        assert ledger.every(snap, hanako) == []
    person.post(form, decision="refuse")
    assert only_consent(bank, hanako).state is ConsentState.REFUSED


def test_a_no_is_remembered_until_the_offer_changes(bank, hanako, person, page, offer):
    form = page.form_to(page.forms[-1].action)
    after = person.follow(person.post(form, decision="refuse"))
    assert "Not answered yet" not in after.text
    assert "You said no" in after.text
    bank.clock.advance(timedelta(minutes=1))
    changed = template(bank.clock.now(), validity_days=60)
    bank.unit_of_work(lambda work: publish(work, changed, 2, offer))
    assert "Not answered yet (1)" in person.get("/offers").text


def test_later_comes_back_and_can_be_answered(bank, hanako, person, page, offer):
    form = page.form_to(page.forms[-1].action)
    after = person.follow(person.post(form, decision="defer"))
    assert "Later (1)" in after.text
    again = person.get(f"/offers/{offer}")
    form = again.form_to(again.forms[-1].action)
    person.post(form, decision="give", category="health.vital.weight")
    expected = [ConsentEvent.REQUESTED, ConsentEvent.DEFERRED, ConsentEvent.GIVEN]
    assert events(bank, hanako, only_consent(bank, hanako)) == expected


def test_a_second_yes_is_refused(bank, hanako, person, page):
    form = page.form_to(page.forms[-1].action)
    person.post(form, decision="give", category="health.vital.weight")
    sent = person.post(form, decision="give", category="health.vital.weight")
    assert "You have said yes to this offer already." in person.follow(sent).text
    assert only_consent(bank, hanako).state is ConsentState.GIVEN


@pytest.mark.parametrize("change", [{"version": "2"}, {"at": "0"}, {"at": "x"}])
def test_an_answer_to_another_page_is_not_taken(bank, hanako, person, page, change):
    form = page.form_to(page.forms[-1].action)
    sent = person.post(form, decision="give", category="health.vital.weight", **change)
    assert "the offer has changed" in person.follow(sent).text
    with bank.read() as snap:
        assert ledger.every(snap, hanako) == []


def test_who_is_too_young_may_look_and_not_answer(bank, portal, offer, monkeypatch):
    sign_up(bank, "taro")
    adult = bank.clock.now().date() + timedelta(days=400)
    monkeypatch.setattr(accounts, "adult_from", lambda *_: adult)
    taro = portal("taro")
    assert "You cannot answer offers yet" in taro.get("/offers").text
    text = taro.get(f"/offers/{offer}").text
    assert "You cannot say yes yet." in text
    assert "Your answer" not in text


def test_a_consent_that_ended_is_said_to_have_ended(bank, hanako, person, page, offer):
    form = page.form_to(page.forms[-1].action)
    person.post(form, decision="give", category="health.vital.weight")
    consent_id = only_consent(bank, hanako).consent_id
    bank.unit_of_work(lambda work: service.withdraw(work, hanako, consent_id))
    assert "Your consent has ended" in person.get("/offers").text
    assert "Your answer" in person.get(f"/offers/{offer}").text


def test_people_of_the_recipient_see_the_offer_on_their_console(bank, offer, portal):
    sign_up(bank, "coach", Role.RECIPIENT)

    page = portal("coach").get("/recipient")

    assert TITLE in page.text
