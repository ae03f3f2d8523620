"""What is live without a decision, what the figures say, and texts as items (G-05)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import board, board_items, board_requests, recipients
from consent.facts import BoardSubjectKind
from pds.bank.inspection import board as inspection
from pds.bank.inspection.finding import Wrong
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import OwnerId
from pds.oversight import board_report, screens
from pds.oversight.bundle.period import Period
from tests.board import account, seat
from tests.consent.world import PROFILE, decision

SCREEN = BoardSubjectKind.SCREEN


@pytest.fixture
def lacking(bank):
    def read():
        with bank.read() as snap:
            found = board_report.undecided(snap)
        return {each.text.name if each.text else each.subject_id for each in found}

    return read


def register(bank, definitions=None):
    wanted = definitions or board_report.definitions()
    bank.unit_of_work(lambda work: board_items.register_all(work, wanted))


def approve(bank, definition):
    def act(work):
        made = replace(
            decision(definition.kind, definition.subject_id),
            valid_until=work.now + timedelta(days=99),
        )
        board.decide(work, made, actor="test")

    bank.unit_of_work(act)


def test_every_text_that_persons_see_needs_a_decision(bank, lacking):
    assert lacking() == set()
    register(bank)
    names = {each.name for each in board_report.definitions()}

    assert lacking() == names
    assert {"oauth-consent", "health.advice", "forbidden-purposes"} <= names
    for each in board_report.definitions():
        approve(bank, each)
    assert lacking() == set()
    with bank.read() as snap:
        assert board_report.unregistered(snap) == []


def test_a_changed_text_is_a_new_edition_without_a_decision(bank, lacking):
    first = next(x for x in board_report.definitions() if x.kind is SCREEN)
    changed = replace(first, document={**first.document, "words": {"1": {"en": "No"}}})
    for each in (first, changed):
        register(bank, [first])
        approve(bank, first)
        register(bank, [each])
    with bank.read() as snap:
        before, after = board_items.editions(snap, SCREEN, first.name)
        found = board_items.get(snap, SCREEN, changed.subject_id)
        with pytest.raises(Conflict):
            board_items.require(snap, changed)
        board_items.require(snap, first)
        with pytest.raises(NotFound):
            board_items.get(snap, SCREEN, "nothing")

    assert lacking() == {first.name}
    assert (before.edition, after.edition, found.is_live) == (1, 2, True)
    assert not before.is_live
    places = {
        each.place for each in board_items.changes(before.document, found.document)
    }
    assert places
    assert all(place.startswith("words.") for place in places)
    register(bank, [first])
    assert lacking() == set()


def test_what_is_used_no_more_is_live_no_more(bank, lacking):
    one, two, *_rest = (x for x in board_report.definitions() if x.kind is SCREEN)
    register(bank, [one, two])
    register(bank, [one])

    assert lacking() == {one.name}


def test_a_screen_is_all_its_sentences_in_both_languages():
    consent = screens.definitions()[0]
    words = consent.document["words"].values()

    assert "oauth/boxes.html" in consent.document["sources"]
    assert "base.html" not in consent.document["sources"]
    assert any(each["ja"] != each["en"] for each in words)


def test_the_doctor_and_the_figures_tell(bank, clock):
    def act(work):
        recipients.register(work, PROFILE, actor="t")

    bank.unit_of_work(act)
    text = screens.definitions()[0]
    register(bank, [text])
    with pytest.raises(Wrong, match="1 live things"):
        asked(bank, clock)
    with bank.read() as snap:
        found = board_report.of_period(snap, Period())
        none = board_report.of_period(snap, Period(since=snap.now + timedelta(days=1)))
    assert found.entries["policy:event"] >= 2
    assert found.undecided == 1
    assert ("policy:event", PROFILE.recipient_id) in found.by_recipient
    assert none.entries == {}
    approve(bank, text)
    assert "nothing is live" in asked(bank, clock)


def asked(bank, clock):
    with bank.read() as snap:
        check, _transition = inspection.checks(snap.connection, clock)
        return check.ask()


def test_the_board_asks_and_the_bank_answers_once(bank):
    accounts = bank.unit_of_work(seat)

    def code_of(raised, act):
        with pytest.raises(raised) as caught:
            bank.unit_of_work(act)
        return caught.value.code

    assert (
        code_of(Forbidden, lambda w: board_requests.ask(w, "?", account_id=account(99)))
        == "member.not-sitting"
    )
    assert (
        code_of(Invalid, lambda w: board_requests.ask(w, " ", account_id=accounts[0]))
        == "board.answer"
    )
    made = bank.unit_of_work(
        lambda w: board_requests.ask(w, "How many?", account_id=accounts[0])
    )
    with bank.read() as snap:
        (asked,) = board_requests.every(snap)
    assert asked.is_overdue(asked.due_at)
    assert not asked.is_overdue(asked.asked_at)
    bank.unit_of_work(lambda w: board_requests.answer(w, made, "Ten.", actor="o"))
    with bank.read() as snap:
        (answered,) = board_requests.every(snap)
    assert answered.answer == "Ten."
    assert not answered.is_overdue(asked.due_at)
    assert (
        code_of(Conflict, lambda w: board_requests.answer(w, made, "No.", actor="o"))
        == "board.answered"
    )
    nobody = OwnerId(accounts[0])
    assert (
        code_of(NotFound, lambda w: board_requests.answer(w, nobody, "No.", actor="o"))
        == "board.no-request"
    )
