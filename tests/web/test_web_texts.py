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
    text_meaning,
)
from consent.board import QUESTIONS, Decision
from consent.facts import BoardResult, BoardSubjectKind
from consent.text_tables import text_transition
from tests.web.test_web_amendments import here as _here
from tests.web.test_web_amendments import offer as _offer
from tests.web.test_web_board import propose

here, offer = _here, _offer
PURPOSE = BoardSubjectKind.PURPOSE
TEXT = next(x for x in board_vocabulary.definitions() if x.name == "health.advice")
WORDS = {
    "ja": {"name": "健康の助言", "explanation": "助言に加えて、商品も案内します。"},
    "en": {"name": "Advice", "explanation": "Advice, and goods are shown too."},
}
NEW = replace(TEXT, document={**TEXT.document, "words": WORDS})


def decide(bank, definition, **changes):
    made = Decision(
        kind=PURPOSE,
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
def released(bank, here, monkeypatch):
    """A consent under a text that was approved, and a release with another one."""
    decide(bank, TEXT)
    ids = {**board_vocabulary.purpose_ids(), NEW.name: NEW.subject_id}
    frozen = MappingProxyType(ids)
    monkeypatch.setattr(board_vocabulary, "purpose_ids", lambda: frozen)
    fences.subject_ids.cache_clear()
    bank.clock.advance(timedelta(seconds=2))
    bank.unit_of_work(lambda work: board_items.register(work, NEW))
    yield here
    fences.subject_ids.cache_clear()


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
