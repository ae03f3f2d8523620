"""Changed texts by the pages: the board says what they mean, persons agree anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import insert

from consent import (
    board,
    board_items,
    board_proposals,
    board_vocabulary,
    fences,
    text_facts,
    text_meaning,
)
from consent.board import QUESTIONS, Decision
from consent.facts import BoardResult, BoardSubjectKind
from consent.text_tables import text_transition
from pds.bank.telling import Reminding
from pds.core.vocabulary.words import read_file
from tests.web.test_web_amendments import here as _here
from tests.web.test_web_amendments import offer as _offer
from tests.web.test_web_board import propose
from tests.web.test_web_offers import publish, template

here, offer = _here, _offer
PURPOSE = BoardSubjectKind.PURPOSE
TEXT = next(x for x in board_vocabulary.definitions() if x.name == "health.advice")
WORDS = {
    "ja": {"name": "健康の助言", "explanation": "助言に加えて、商品も案内します。"},
    "en": {"name": "Advice", "explanation": "Advice, and goods are shown too."},
}
NEW = replace(TEXT, document={**TEXT.document, "words": WORDS})
KINDS = next(x for x in board_vocabulary.definitions() if x.name == "categories")


def other_kinds(*changed):
    document = read_file("categories.json")
    for each in document["categories"]:
        if each["id"] in changed:
            each["words"]["en"]["explanation"] += " And more."
    return replace(KINDS, document=document)


def decide(bank, definition, **changes):
    made = Decision(
        kind=definition.kind,
        subject_id=definition.subject_id,
        subject_version=1,
        result=BoardResult.APPROVED,
        answers=dict.fromkeys(QUESTIONS, "looked at"),
        valid_until=datetime(2035, 1, 1, tzinfo=UTC),
        **changes,
    )

    def act(work):
        decision_id = board.decide(work, made, actor="board")
        text_meaning.settle(work, made, decision_id)
        return decision_id

    return bank.unit_of_work(act)


@pytest.fixture
def release(bank, monkeypatch):
    """Let a release bring a text, of a purpose or of the categories."""

    def made(definition):
        if definition.kind is PURPOSE:
            ids = {**board_vocabulary.purpose_ids(), NEW.name: definition.subject_id}
            purposes = MappingProxyType(ids)
            monkeypatch.setattr(board_vocabulary, "purpose_ids", lambda: purposes)
        else:
            parts = board_vocabulary.entries(definition.document)
            monkeypatch.setattr(board_vocabulary, "category_texts", lambda: parts)
            ids = {**board_vocabulary.list_ids(), "categories": definition.subject_id}
            lists = MappingProxyType(ids)
            monkeypatch.setattr(board_vocabulary, "list_ids", lambda: lists)
        fences.subject_ids.cache_clear()
        bank.clock.advance(timedelta(seconds=2))
        bank.unit_of_work(lambda work: board_items.register(work, definition))

    yield made
    fences.subject_ids.cache_clear()


@pytest.fixture
def long(bank, person, recipient):
    """A consent of 150 days, to weight and steps: nothing ends soon or is unused."""
    terms = template(bank.clock.now(), validity_days=150)
    offer = bank.unit_of_work(lambda work: publish(work, terms))
    form = person.get(f"/offers/{offer}").form_to(str(offer))
    kinds = list(terms.provision.categories)
    sent = person.post(form, decision="give", category=kinds)
    for each in (TEXT, KINDS):
        decide(bank, each)
    return sent.response.headers["Location"]


@pytest.fixture
def released(bank, here, release):
    """A consent under a text that was approved, and a release with another one."""
    decide(bank, TEXT)
    release(NEW)
    return here


def test_a_person_reads_what_changed_and_agrees_anew(bank, person, released):
    assert "agree anew" not in person.get("/consents").text
    decide(bank, NEW)

    listed, shown = person.get("/consents"), person.get(released)
    home = person.get("/home").text

    assert "Nothing is given now" in listed.text
    assert f"{released}/renew" in listed.links
    assert "gives nothing until you agree anew" in home
    assert "Nothing is given under this consent now" in shown.text
    assert TEXT.document["words"]["en"]["explanation"] in shown.text
    done = person.follow(person.post(person.get(f"{released}/renew").form_to("/renew")))
    assert "Your consent is renewed." in done.text
    assert "Nothing is given under this consent now" not in done.text
    assert "agree anew" not in person.get("/consents").text


def remind(bank):
    Reminding().turn(bank)


def test_a_long_consent_that_texts_stop_is_brought_to_mind(bank, person, long, release):
    release(NEW)
    decide(bank, NEW)
    for _ in range(2):
        remind(bank)

    home = person.get("/home").text
    assert "Nothing is given now" in person.get("/consents").text
    assert "gives nothing until you agree anew" in home
    assert "Nobody can see any of your data." in home
    assert "Nothing is given under your consents now." in home
    told = "is explained otherwise now. Nothing of that is given"
    messages = person.get("/messages").text
    assert told in messages
    assert "(2 new)" in messages, "this one, and that of the login"


def test_of_several_kinds_of_data_one_that_changed_stops_alone(
    bank, person, long, release
):
    new = other_kinds("health.vital.blood-pressure")
    release(new)
    decide(bank, new)

    shown, listed, home = (
        person.get(each).text for each in (long, "/consents", "/home")
    )

    assert "Nothing of the following is given" in shown
    assert "the other data of this consent is given as before" in shown
    assert "Nothing is given under this consent now" not in shown
    assert "Nothing of the following is given, since it is explained" in listed
    assert "gives less until you agree anew" in home
    assert "1 organisation can see some of your data now." in home
    assert "Blood pressure" not in home
    assert "Weight" in home
    # Once every kind has changed, nothing is left.
    everything = other_kinds("health.vital.blood-pressure", "health.vital.weight")
    release(everything)
    decide(bank, everything)
    assert "Nothing is given under this consent now" in person.get(long).text
    assert "Nobody can see any of your data." in person.get("/home").text


@pytest.mark.parametrize("is_purpose", [True, False])
def test_a_text_that_waits_too_long_is_said_with_its_day(
    bank, portal, long, release, is_purpose
):
    release(NEW if is_purpose else other_kinds("health.sleep"))
    bank.clock.advance(timedelta(days=29))
    assert "Nothing is given" not in portal("hanako").get(long).text
    bank.clock.advance(timedelta(days=1))
    person = portal("hanako")

    page, listed, home = (person.get(x).text for x in (long, "/consents", "/home"))

    assert "Nothing is given under this consent since 20 December 2026" in page
    assert "Read it and agree anew" not in page
    assert "Nothing is given since 20 December 2026" in listed
    assert "gives nothing since 20 December 2026" in home
    assert "Nobody can see any of your data." in home


def test_what_nobody_knows_is_told_before_and_said_after_it_stops(
    bank, person, portal, long, monkeypatch
):
    monkeypatch.setattr(text_facts, "of_agreement", unnamed(bank))
    remind(bank)
    assert "goes on only until December 20, 2026" in person.get("/messages").text
    assert "stops at 20 December 2026" in person.get("/home").text
    assert "it goes on only until" in person.get("/consents").text

    bank.clock.advance(timedelta(days=31))
    person = portal("hanako")

    page, listed, home = (person.get(x).text for x in (long, "/consents", "/home"))
    assert "Nothing is given under this consent since 20 December 2026" in page
    assert "so nothing is given now" in listed
    assert "it is not known what you read" in home


def unnamed(bank):
    """Begin a transition, and return facts of a yes from before that says no texts."""
    bank.clock.advance(timedelta(seconds=2))

    def act(work):
        row = {"id": 1, "covers_undecided": True, "began_at": work.now}
        row["ends_at"] = work.now + timedelta(days=30)
        work.connection.execute(insert(text_transition).values(row))

    bank.unit_of_work(act)
    return lambda snap, agreement, _provision: text_facts.unknown(
        snap, agreement.given_at
    )


def test_the_board_says_what_a_change_means(bank, member, portal, released):
    address = f"/board/purpose/{NEW.subject_id}"
    page = member.get(address)
    assert "What the change means" in page.text
    assert "goods are shown too" in page.text
    form = page.form_to(address)
    sent = {"result": "approved", "valid_until": "2027-03-31"}
    answers = dict.fromkeys(QUESTIONS, "We looked at it.")
    bare = member.post(form, 422, meaning="same", **sent, **answers)
    assert "Write why it means the same." in bare.text
    refused = {**sent, "result": "rejected", "continues_because": "x"}
    wrong = member.post(form, 422, meaning="same", **refused, **answers)
    assert "Consents cannot go on under this decision." in wrong.text

    because = "Only a comma was moved."
    propose(member, address, meaning="same", continues_because=because)

    seen = portal("second").get(address).text
    assert "go on, since it means the same" in seen
    assert because in seen
    with bank.read() as snap:
        (found,) = board_proposals.of_subject(snap, PURPOSE, NEW.subject_id)
    assert found.decision.continues == TEXT.subject_id
    decide(bank, NEW, continues=TEXT.subject_id, continues_because=because)
    again = member.get(address)
    assert again.form_to(address).fields["meaning"] == "same"
    assert because in again.text


def test_who_lifts_a_stop_does_not_end_consents_by_the_way(bank, member, released):
    address = f"/board/purpose/{NEW.subject_id}"
    because = "Only a comma was moved."
    decide(bank, NEW, continues=TEXT.subject_id, continues_because=because)
    member.post(member.get(f"{address}/stop").form_to("/stop"))
    assert member.get(address).form_to(address).fields["meaning"] == "same"


def test_everybody_sees_the_versions_of_a_text(bank, portal, released):
    stranger = portal()
    page = stranger.get("/vocabulary")
    assert "/vocabulary/purposes/health.advice" in page.links
    number = decide(bank, NEW, continues=TEXT.subject_id, continues_because="A comma.")

    found = stranger.get("/vocabulary/purposes/health.advice").text

    assert str(number) in found
    assert "Version 2" in found
    assert "Advice, and goods are shown too." in found
    assert "助言に加えて、商品も案内します。" in found
    assert TEXT.document["words"]["en"]["explanation"] in found
    assert "since it means the same: A comma." in " ".join(found.split())
    sleep = stranger.get("/vocabulary/categories/health.sleep").text
    assert "Version 1" in sleep
    assert "not decided yet" in sleep
    for path in ("purposes/nothing", "categories/nothing"):
        stranger.get(f"/vocabulary/{path}", 404)


def test_the_transition_is_counted_down(bank, member, operator, here):
    pages = ((member, "/board"), (operator, "/operator"), (operator, "/operator/board"))
    for visitor, path in (*pages, (member, "/board/report")):
        assert "Transition of an upgrade" not in visitor.get(path).text
    row = {"id": 1, "covers_undecided": True}
    day = timedelta(days=1)
    bank.clock.advance(timedelta(seconds=2))

    bank.unit_of_work(
        lambda work: work.connection.execute(
            insert(text_transition).values(
                **row, began_at=work.now, ends_at=work.now + 30 * day
            )
        )
    )

    for visitor, path in (*pages, (member, "/board/report")):
        found = " ".join(visitor.get(path).text.split())
        assert "Transition of an upgrade: 30 days left" in found
        assert "1 consent from before the upgrade goes on as before" in found
        assert "and may then stop" in found
