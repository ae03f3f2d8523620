"""Purposes and screens without a decision of the board let nothing happen (G-05)."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from consent import (
    board,
    board_facts,
    board_items,
    board_vocabulary,
    facts_store,
    fences,
    preflight,
    service,
)
from consent.board_tables import board_item
from consent.engine import decide
from consent.facts import BoardResult, BoardSubjectKind, DisclosureRequest
from consent.preflight import NotPermitted
from consent.reasons import Reason
from consent.tables import board_subject
from consent.terms import Window
from pds.core.vocabulary import DetailLevel
from pds.disclosure.validity import holds_until
from pds.oversight import screens
from tests.consent.world import DAY, EVIDENCE, NOW, PROVISION, RECIPIENT, decision

PURPOSE, SCREEN = BoardSubjectKind.PURPOSE, BoardSubjectKind.SCREEN
ASK = DisclosureRequest(recipient_id=RECIPIENT)
TEXT = next(x for x in board_vocabulary.definitions() if x.name == PROVISION.purpose)


@pytest.fixture
def release(monkeypatch):
    """Let a release of the program change the text of the purpose."""

    def made(work, no=2):
        changed = replace(TEXT, document={**TEXT.document, "no": no})
        ids = {**board_vocabulary.purpose_ids(), TEXT.name: changed.subject_id}
        monkeypatch.setattr(
            board_vocabulary, "purpose_ids", lambda: MappingProxyType(ids)
        )
        fences.subjects.cache_clear()
        return board_items.register(work, changed)

    yield made
    fences.subjects.cache_clear()


@pytest.fixture
def consent_id(consent_given):
    return consent_given.consent.consent_id


def denied(work, owner, consent_id):
    facts = facts_store.load(work, work.keys, owner, consent_id)
    return set(getattr(decide(ASK, facts, work.now), "reasons", ())) & BOARD


BOARD = {reason for reason in Reason if reason.gate == "board"}


def undecided(work):
    return set(preflight.check(work, RECIPIENT, PROVISION).reasons)


def say(work, subject_id, result, kind=PURPOSE):
    board.decide(work, decision(kind, subject_id, result=result), actor="board")


def test_a_stopped_purpose_lets_nothing_be_asked_agreed_or_disclosed(
    work, owner, asked, notice, consent_id
):
    before = facts_store.load(work, work.keys, owner, consent_id)
    waiting = service.request(work, owner, RECIPIENT, PROVISION).consent.consent_id
    assert denied(work, owner, consent_id) == set()

    say(work, TEXT.subject_id, BoardResult.SUSPENDED)

    assert undecided(work) == {Reason.BOARD_SUSPENDED}
    assert denied(work, owner, consent_id) == {Reason.BOARD_SUSPENDED}
    with pytest.raises(NotPermitted):
        service.request(work, owner, RECIPIENT, PROVISION)
    with pytest.raises(NotPermitted):
        service.give(work, owner, waiting, PROVISION, notice=notice, evidence=EVIDENCE)
    after = fences.fences(work, owner, before)
    assert after.board > before.fences.board
    # The recipient's row is what a disclosure holds while it commits.
    assert after.recipient > before.fences.recipient


def test_a_purpose_lapses_with_its_decision(at, owner, consent_id):
    say(at(NOW), TEXT.subject_id, BoardResult.APPROVED)
    assert denied(at(NOW + 599 * DAY), owner, consent_id) == set()
    assert denied(at(NOW + 600 * DAY), owner, consent_id) == {Reason.BOARD_EXPIRED}


def test_what_was_agreed_before_a_changed_text_goes_on_for_thirty_days(
    at, owner, consent_id, release
):
    release(at(NOW + DAY))
    facts = facts_store.load(at(NOW + DAY), at(NOW).keys, owner, consent_id)
    held = next(x for x in facts.board if x.kind is PURPOSE)
    earlier = board.current(at(NOW), PURPOSE, TEXT.subject_id, version=1)

    assert held.decision_id == earlier.decision_id
    assert held.valid_until == NOW + DAY + board_facts.DECIDED_WITHIN
    assert board_facts.DECIDED_WITHIN == 30 * DAY
    assert undecided(at(NOW + DAY)) == {Reason.BOARD_MISSING}
    assert denied(at(NOW + 30 * DAY), owner, consent_id) == set()
    assert denied(at(NOW + 31 * DAY), owner, consent_id) == {Reason.BOARD_EXPIRED}
    assert holds_until(facts) == held.valid_until


def test_a_second_change_gives_no_more_days(at, owner, consent_id, release):
    release(at(NOW + DAY))
    release(at(NOW + 20 * DAY), no=3)
    assert denied(at(NOW + 30 * DAY), owner, consent_id) == set()
    assert denied(at(NOW + 31 * DAY), owner, consent_id) == {Reason.BOARD_EXPIRED}


def test_a_changed_text_that_is_approved_is_no_obstacle_of_the_board(
    at, owner, consent_id, release
):
    say(at(NOW + 2 * DAY), release(at(NOW + DAY)), BoardResult.APPROVED)
    assert undecided(at(NOW + 3 * DAY)) == set()
    assert denied(at(NOW + 80 * DAY), owner, consent_id) == set()


@pytest.mark.parametrize("is_new", [True, False])
def test_nothing_is_held_over_that_the_board_stopped(
    at, owner, consent_id, release, is_new
):
    changed = release(at(NOW + DAY))
    stopped = changed if is_new else TEXT.subject_id
    say(at(NOW + DAY), stopped, BoardResult.SUSPENDED)
    assert denied(at(NOW + DAY), owner, consent_id) == {Reason.BOARD_SUSPENDED}


def test_nothing_is_held_over_for_who_agreed_later(at, owner, consent_id, release):
    # The text came before the yes, so the yes cannot rest on the text before it.
    release(at(NOW - DAY))
    assert denied(at(NOW), owner, consent_id) == {Reason.BOARD_MISSING}


def test_a_changed_screen_lets_nothing_be_agreed_and_stops_nothing(
    work, owner, consent_id
):
    first = screens.definitions()[0]
    changed = replace(first, document={**first.document, "words": {}})
    board_items.register(work, changed)
    assert undecided(work) == {Reason.BOARD_MISSING}
    assert denied(work, owner, consent_id) == set()

    say(work, changed.subject_id, BoardResult.APPROVED, SCREEN)
    assert undecided(work) == set()
    say(work, changed.subject_id, BoardResult.REJECTED, SCREEN)
    assert undecided(work) == {Reason.BOARD_REJECTED}


def test_where_no_screen_is_registered_nothing_can_be_asked(work, contract_id):
    work.connection.execute(board_item.delete())
    assert undecided(work) == {Reason.BOARD_MISSING}


ELEMENTS = next(x for x in board_vocabulary.definitions() if x.name == "elements")


def before_the_list(work, groups):
    """Let the list of elements have had another text before, which was approved."""
    kind = BoardSubjectKind.VOCABULARY
    was = replace(ELEMENTS, document={**ELEMENTS.document, "groups": groups})
    work.connection.execute(
        board_item.delete().where(board_item.c.name == ELEMENTS.name)
    )
    say(work, board_items.register(work, was), BoardResult.APPROVED, kind)
    work.connection.execute(
        board_subject.delete().where(board_subject.c.subject_id == ELEMENTS.subject_id)
    )


def test_a_list_that_leaves_out_more_goes_on_for_thirty_days(at, owner, consent_id):
    before_the_list(at(NOW - DAY), list(ELEMENTS.document["groups"][1:]))
    board_items.register(at(NOW + DAY), ELEMENTS)

    assert undecided(at(NOW + DAY)) == {Reason.BOARD_MISSING}
    assert denied(at(NOW + 30 * DAY), owner, consent_id) == set()
    assert denied(at(NOW + 31 * DAY), owner, consent_id) == {Reason.BOARD_EXPIRED}
    say(
        at(NOW + 31 * DAY),
        ELEMENTS.subject_id,
        BoardResult.APPROVED,
        BoardSubjectKind.VOCABULARY,
    )
    assert denied(at(NOW + 31 * DAY), owner, consent_id) == set()


def test_a_list_that_leaves_out_less_gives_nothing(at, owner, consent_id):
    first, *others = ELEMENTS.document["groups"]
    more = {**first, "members": [*first["members"], "valueString"]}
    before_the_list(at(NOW - DAY), [more, *others])
    board_items.register(at(NOW + DAY), ELEMENTS)

    assert denied(at(NOW + DAY), owner, consent_id) == {Reason.BOARD_MISSING}


def test_what_was_a_list_once_and_cannot_be_read_holds_nothing_over(
    at, owner, consent_id
):
    before_the_list(at(NOW - DAY), [{"id": "x"}])
    board_items.register(at(NOW + DAY), ELEMENTS)

    assert denied(at(NOW + DAY), owner, consent_id) == {Reason.BOARD_MISSING}


def test_a_question_in_another_text_is_not_asked(work, contract_id, monkeypatch):
    ids = {**board_vocabulary.question_ids(), "steps.mean-8000": "steps.mean-8000@0"}
    terms = replace(
        PROVISION,
        categories=("health.activity.steps",),
        detail=DetailLevel.ANSWER,
        question="steps.mean-8000",
        window=Window(date(2026, 1, 1), None),
    )
    assert preflight.check(work, RECIPIENT, terms).reasons == ()
    monkeypatch.setattr(board_vocabulary, "question_ids", lambda: ids)
    fences.subjects.cache_clear()

    found = preflight.check(work, RECIPIENT, terms).reasons
    fences.subjects.cache_clear()
    assert found == (Reason.BOARD_MISSING,)
