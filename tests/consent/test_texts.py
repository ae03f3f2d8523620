"""A changed text of a purpose or category asks for a new consent (D-08)."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from sqlalchemy import insert, update

from consent import board as board_register
from consent import (
    board_items,
    board_proposals,
    board_vocabulary,
    board_votes,
    facts_store,
    fences,
    ledger,
    live_texts,
    service,
    text_facts,
    text_meaning,
    text_transition,
)
from consent.board_proposals import ProposalState
from consent.board_rule import MemberField, Vote
from consent.board_tables import board_item
from consent.engine import decide
from consent.facts import BoardResult, BoardSubjectKind, DisclosureRequest
from consent.reasons import Reason
from consent.tables import board_decision, board_subject
from consent.text_tables import text_transition as transition_table
from consent.texts import TextFacts
from pds.core.errors import Invalid
from pds.core.vocabulary.words import read_file
from pds.disclosure.validity import holds_until
from pds.oversight import board_report
from tests.board import FIELDS, carry, seat
from tests.consent.test_amending import renew, yes
from tests.consent.test_registers import actions
from tests.consent.world import (
    DAY,
    EVIDENCE,
    NOW,
    PROVISION,
    RECIPIENT,
    decision,
)

PURPOSE, VOCABULARY = BoardSubjectKind.PURPOSE, BoardSubjectKind.VOCABULARY
ASK = DisclosureRequest(recipient_id=RECIPIENT)
STEPS = replace(ASK, categories=("health.activity.steps",))
WEIGHT = replace(ASK, categories=("health.vital.weight",))
DEFINITIONS = {each.name: each for each in board_vocabulary.definitions()}
TEXT, KINDS = DEFINITIONS[PROVISION.purpose], DEFINITIONS["categories"]
NEEDED = {Reason.TEXT_UNKNOWN, Reason.TEXT_CHANGED, Reason.TEXT_UNDECIDED}


def other_text(no):
    return replace(TEXT, document={**TEXT.document, "no": no})


def other_kinds(no, changed="health.activity.steps"):
    document = read_file("categories.json")
    for each in document["categories"]:
        if each["id"] == changed:
            each["words"]["ja"]["explanation"] += "。" * no
    return replace(KINDS, document=document)


@pytest.fixture
def board(work, contract_id):
    """Members who approved the first texts, as a bank has them."""
    accounts = seat(work, (*FIELDS, MemberField.MEDICAL))
    for each in (TEXT, KINDS):
        carry(work, decision(each.kind, each.subject_id), accounts)
    return accounts


@pytest.fixture
def release(monkeypatch):
    """Let a release of the program bring a text."""

    def made(work, definition):
        if definition.kind is PURPOSE:
            ids = {**board_vocabulary.purpose_ids(), definition.name: ""}
            ids[definition.name] = definition.subject_id
            frozen = MappingProxyType(ids)
            monkeypatch.setattr(board_vocabulary, "purpose_ids", lambda: frozen)
        else:
            parts = board_vocabulary.entries(definition.document)
            monkeypatch.setattr(board_vocabulary, "category_texts", lambda: parts)
            ids = {**board_vocabulary.list_ids(), definition.name: ""}
            ids[definition.name] = definition.subject_id
            lists = MappingProxyType(ids)
            monkeypatch.setattr(board_vocabulary, "list_ids", lambda: lists)
        fences.subjects.cache_clear()
        return board_items.register(work, definition)

    yield made
    fences.subjects.cache_clear()


@pytest.fixture
def consent_id(board, consent_given):
    return consent_given.consent.consent_id


def approve(work, accounts, definition, before=None, **changes):
    if before is not None:
        changes = {
            "continues": before.subject_id,
            "continues_because": "読点だけを直した。",
            **changes,
        }
    made = decision(definition.kind, definition.subject_id, **changes)
    return carry(work, made, accounts)


def denied(work, owner, consent_id, request=ASK):
    facts = facts_store.load(work, work.keys, owner, consent_id)
    found = getattr(decide(request, facts, work.now), "reasons", ())
    return {each for each in found if each.gate in ("text", "board")}


def test_a_consent_names_the_texts_that_were_read(work, owner, consent_id):
    current = ledger.get(work, owner, consent_id)
    named = ledger.terms(work, work.keys, current).agreement.texts
    assert named == live_texts.of_provision(PROVISION)
    assert [name for name, _ in named.purposes] == [PROVISION.purpose]
    assert "health.activity.steps" in dict(named.categories)
    assert "health.vital.weight" in dict(named.categories)
    assert denied(work, owner, consent_id) == set()


def test_a_changed_text_that_is_approved_asks_for_a_new_consent(
    at, owner, board, consent_id, release
):
    new = other_text(2)
    before = facts_store.load(at(NOW), at(NOW).keys, owner, consent_id)
    release(at(NOW + DAY), new)
    assert denied(at(NOW + 2 * DAY), owner, consent_id) == set()

    approve(at(NOW + 2 * DAY), board, new)

    work = at(NOW + 3 * DAY)
    assert denied(work, owner, consent_id) == {Reason.TEXT_CHANGED}
    assert fences.fences(work, owner, before).recipient > before.fences.recipient


def test_a_text_that_means_the_same_lets_consents_go_on(
    at, owner, board, consent_id, release
):
    second, third, fourth = (other_text(n) for n in (2, 3, 4))
    release(at(NOW + DAY), second)
    approve(at(NOW + DAY), board, second, TEXT)
    assert denied(at(NOW + 2 * DAY), owner, consent_id) == set()
    release(at(NOW + 3 * DAY), third)
    approve(at(NOW + 3 * DAY), board, third, second)
    assert denied(at(NOW + 80 * DAY), owner, consent_id) == set()
    said = text_meaning.said(at(NOW + 80 * DAY), PURPOSE, third.subject_id)
    assert said == "読点だけを直した。"
    # What means something else ends the row, for the first text as for the third.
    release(at(NOW + 81 * DAY), fourth)
    approve(at(NOW + 81 * DAY), board, fourth)
    assert denied(at(NOW + 82 * DAY), owner, consent_id) == {Reason.TEXT_CHANGED}
    # The text before the third is another one now, of which nothing was said.
    assert not text_meaning.said(at(NOW + 82 * DAY), PURPOSE, third.subject_id)


def test_the_board_can_say_it_again_the_other_way(
    at, owner, board, consent_id, release
):
    new = other_text(2)
    release(at(NOW + DAY), new)
    approve(at(NOW + DAY), board, new)
    assert denied(at(NOW + 2 * DAY), owner, consent_id) == {Reason.TEXT_CHANGED}
    approve(at(NOW + 3 * DAY), board, new, TEXT)
    assert denied(at(NOW + 4 * DAY), owner, consent_id) == set()
    approve(at(NOW + 5 * DAY), board, new)
    assert denied(at(NOW + 6 * DAY), owner, consent_id) == {Reason.TEXT_CHANGED}
    # A rejection says nothing about the meaning; it stops for its own reason.
    approve(at(NOW + 7 * DAY), board, new, result=BoardResult.REJECTED)
    assert denied(at(NOW + 8 * DAY), owner, consent_id) == {
        Reason.TEXT_CHANGED,
        Reason.BOARD_REJECTED,
    }


def test_what_was_found_to_mean_the_same_follows_no_text_that_changed(
    at, owner, board, consent_id, release
):
    second, third = other_text(2), other_text(3)
    release(at(NOW + DAY), second)
    approve(at(NOW + DAY), board, second)
    work = at(NOW + 2 * DAY)
    renew(work, owner, consent_id, yes(work.now))
    release(at(NOW + 3 * DAY), third)
    approve(at(NOW + 3 * DAY), board, third, second)
    assert denied(at(NOW + 4 * DAY), owner, consent_id) == set()
    # The board looks at the second again and finds that it means something else.
    approve(at(NOW + 5 * DAY), board, second)
    assert denied(at(NOW + 6 * DAY), owner, consent_id) == {Reason.TEXT_CHANGED}


def test_a_vote_that_was_open_while_another_text_was_approved_carries_nothing(
    at, board, release
):
    second, third = other_text(2), other_text(3)
    release(at(NOW + DAY), second)
    because = {"continues": TEXT.subject_id, "continues_because": "読点だけ。"}
    made = decision(PURPOSE, second.subject_id, **because)
    open_vote = board_votes.propose(at(NOW + DAY), made, account_id=board[0])
    release(at(NOW + 2 * DAY), third)
    approve(at(NOW + 2 * DAY), board, third)

    work = at(NOW + 3 * DAY)
    for each in board[1:]:
        if board_proposals.get(work, open_vote).state is ProposalState.OPEN:
            board_votes.vote(work, open_vote, Vote.YES, "", account_id=each)

    assert board_proposals.get(work, open_vote).state is ProposalState.DEFEATED
    assert board_register.history(work, PURPOSE, second.subject_id) == []


def test_who_agreed_under_a_changed_text_is_not_carried_back(
    at, owner, board, consent_id, release
):
    new = other_text(2)
    release(at(NOW + DAY), new)
    approve(at(NOW + DAY), board, new)
    release(at(NOW + 2 * DAY), TEXT)
    assert denied(at(NOW + 3 * DAY), owner, consent_id) == set()
    read = replace(
        live_texts.of_provision(PROVISION),
        purposes=((PROVISION.purpose, new.subject_id.rpartition("@")[2]),),
    )
    found = text_facts.compare(at(NOW + 3 * DAY), read)
    assert found == TextFacts(purposes=frozenset({PROVISION.purpose}))


def test_a_new_yes_names_the_new_text(at, owner, board, consent_id, release):
    new = other_text(2)
    release(at(NOW + DAY), new)
    approve(at(NOW + DAY), board, new)
    work = at(NOW + 2 * DAY)
    renew(work, owner, consent_id, yes(work.now))
    assert denied(work, owner, consent_id) == set()


def test_narrowing_is_no_new_yes(at, owner, board, consent_id, release):
    new = other_text(2)
    release(at(NOW + DAY), new)
    approve(at(NOW + DAY), board, new)
    work = at(NOW + 2 * DAY)
    less = replace(PROVISION, categories=("health.vital",))
    service.narrow(work, owner, consent_id, less, evidence=EVIDENCE)
    assert denied(work, owner, consent_id) == {Reason.TEXT_CHANGED}


@pytest.mark.parametrize(
    "changes",
    [
        {"continues": TEXT.subject_id},
        {"continues": TEXT.subject_id, "continues_because": " "},
        {"continues": "health.advice@00", "continues_because": "x"},
        {"continues_because": "x"},
        {
            "continues": TEXT.subject_id,
            "continues_because": "x",
            "result": BoardResult.REJECTED,
        },
    ],
)
def test_what_cannot_carry_consents_is_refused(at, board, release, changes):
    new = other_text(2)
    release(at(NOW), new)
    made = decision(PURPOSE, new.subject_id, **changes)
    with pytest.raises(Invalid) as caught:
        board_votes.propose(at(NOW), made, account_id=board[0])
    assert caught.value.code == "board.continues"


def test_a_recipient_has_no_text_that_another_could_continue(work, board):
    made = decision(
        BoardSubjectKind.RECIPIENT, RECIPIENT, continues="x", continues_because="x"
    )
    with pytest.raises(Invalid):
        board_votes.propose(work, made, account_id=board[0])


def test_a_changed_category_stops_only_itself(at, owner, board, consent_id, release):
    new = other_kinds(1)
    release(at(NOW + DAY), new)
    # Until the board has decided, what was agreed goes on for thirty days.
    assert denied(at(NOW + 30 * DAY), owner, consent_id) == set()
    held = facts_store.load(at(NOW + 2 * DAY), at(NOW).keys, owner, consent_id)
    assert held.text.goes_on_until == NOW + 31 * DAY
    assert holds_until(held) == NOW + 31 * DAY
    late = at(NOW + 31 * DAY)
    # Then nothing goes at all under a list that nobody decided on.
    assert denied(late, owner, consent_id) == {
        Reason.TEXT_UNDECIDED,
        Reason.BOARD_EXPIRED,
    }
    assert denied(late, owner, consent_id, WEIGHT) == {Reason.BOARD_EXPIRED}

    approve(at(NOW + 32 * DAY), board, new)

    later = at(NOW + 33 * DAY)
    assert denied(later, owner, consent_id) == {Reason.TEXT_CHANGED}
    assert denied(later, owner, consent_id, STEPS) == {Reason.TEXT_CHANGED}
    assert denied(later, owner, consent_id, WEIGHT) == set()


def test_a_category_may_mean_the_same(at, owner, board, consent_id, release):
    new, newer = other_kinds(1), other_kinds(2)
    release(at(NOW + DAY), new)
    approve(at(NOW + DAY), board, new, KINDS)
    release(at(NOW + 2 * DAY), newer)
    # The second change waits; it is another one than what the board decided on.
    waits = facts_store.load(at(NOW + 3 * DAY), at(NOW).keys, owner, consent_id)
    assert waits.text.waiting == {"health.activity.steps"}
    assert waits.text.categories == frozenset()
    approve(at(NOW + 4 * DAY), board, newer, new)
    assert denied(at(NOW + 5 * DAY), owner, consent_id) == set()


def test_a_text_of_categories_that_nobody_registered_stops(
    at, owner, consent_id, release
):
    new = other_kinds(1)
    release(at(NOW + DAY), new)
    work = at(NOW + DAY)
    work.connection.execute(
        board_item.delete().where(board_item.c.kind == VOCABULARY.value)
    )
    work.connection.execute(
        board_subject.delete().where(board_subject.c.kind == VOCABULARY.value)
    )
    assert denied(work, owner, consent_id) == {
        Reason.TEXT_UNDECIDED,
        Reason.BOARD_MISSING,
    }


def of_before(work, owner, consent_id):
    """Return a yes as it was written before texts were named."""
    current = ledger.get(work, owner, consent_id)
    content = ledger.terms(work, work.keys, current)
    return replace(content.agreement, texts=None), content.provision


def test_the_text_of_before_is_told_by_the_decision(
    at, owner, board, consent_id, release
):
    agreement, provision = of_before(at(NOW), owner, consent_id)
    new = other_text(2)
    release(at(NOW + DAY), new)
    work = at(NOW + DAY)
    assert text_facts.of_agreement(work, agreement, provision) == TextFacts()
    approve(work, board, new)
    assert text_facts.of_agreement(work, agreement, provision).purposes == {
        PROVISION.purpose
    }


def test_a_list_that_was_taken_back_is_not_what_was_read(
    at, owner, board, consent_id, release
):
    agreement, provision = of_before(at(NOW), owner, consent_id)
    assert text_facts.of_before(at(NOW), agreement, provision) is not None
    release(at(NOW + DAY), other_kinds(1))
    later = replace(agreement, given_at=NOW + 3 * DAY)
    read = text_facts.of_before(at(NOW + 3 * DAY), later, provision)
    assert (
        dict(read.categories)["health.activity.steps"]
        == (board_vocabulary.category_texts()["health.activity.steps"])
    )
    # The one before it is in use again, since nobody knows when.
    release(at(NOW + 2 * DAY), KINDS)
    assert text_facts.of_before(at(NOW + 4 * DAY), later, provision) is None
    # Who agreed when there was one text read that one.
    assert text_facts.of_before(at(NOW + 4 * DAY), agreement, provision) is not None


def begin(work, *, covers=False, days=30):
    work.connection.execute(
        insert(transition_table).values(
            id=1,
            began_at=work.now,
            ends_at=work.now + days * DAY,
            covers_undecided=covers,
        )
    )


def test_what_names_nothing_goes_on_for_the_transition_alone(
    at, owner, board, consent_id
):
    agreement, provision = of_before(at(NOW), owner, consent_id)
    agreement = replace(agreement, board_decisions=())
    nothing = TextFacts(is_known=False)
    assert text_facts.of_agreement(at(NOW), agreement, provision) == nothing
    began = at(NOW + DAY)
    begin(began)
    found = text_facts.of_agreement(began, agreement, provision)
    assert found == replace(nothing, goes_on_until=NOW + 31 * DAY)
    # A yes from after the migration always names its texts.
    after = replace(agreement, given_at=began.now)
    assert text_facts.of_agreement(began, after, provision) == nothing


def test_a_purpose_that_nobody_decided_on_goes_on_for_the_transition(
    at, owner, board, consent_id
):
    work = at(NOW + DAY)
    for table in (board_subject, board_decision):
        work.connection.execute(table.delete().where(table.c.kind == PURPOSE.value))
    assert denied(work, owner, consent_id) == {Reason.BOARD_MISSING}
    begin(work)
    assert denied(work, owner, consent_id) == {Reason.BOARD_MISSING}
    work.connection.execute(update(transition_table).values(covers_undecided=True))
    facts = facts_store.load(work, work.keys, owner, consent_id)
    assert denied(work, owner, consent_id) == set()
    assert holds_until(facts) == NOW + 31 * DAY
    assert denied(at(NOW + 31 * DAY), owner, consent_id) == {Reason.BOARD_MISSING}
    # The board looked and did not approve: nothing bridges that.
    carry(work, decision(PURPOSE, TEXT.subject_id, result=BoardResult.REJECTED), board)
    assert denied(work, owner, consent_id) == {Reason.BOARD_REJECTED}


def test_no_transition_bridges_a_text_that_nobody_registered(
    at, owner, board, consent_id, release, monkeypatch
):
    work = at(NOW + DAY)
    begin(work, covers=True)
    new = other_text(2)
    ids = MappingProxyType({**board_vocabulary.purpose_ids(), new.name: new.subject_id})
    monkeypatch.setattr(board_vocabulary, "purpose_ids", lambda: ids)
    fences.subjects.cache_clear()
    assert Reason.BOARD_MISSING in denied(work, owner, consent_id)


@pytest.mark.parametrize("name", ["elements", "forbidden-purposes"])
def test_a_list_that_nobody_ever_decided_on_goes_on_wherever_purposes_were_known(
    at, owner, board, consent_id, name
):
    work, text = at(NOW + DAY), DEFINITIONS[name]
    is_text = board_subject.c.subject_id == text.subject_id
    work.connection.execute(board_subject.delete().where(is_text))
    board_items.register(work, text)
    assert denied(work, owner, consent_id) == {Reason.BOARD_MISSING}
    begin(work, covers=False)
    assert denied(work, owner, consent_id) == set()
    counted = board_report.countdown(work)
    named = [x.text.name for x in board_report.undecided(work) if counted.covers(x)]
    assert named == [name]
    for later in (at(NOW + 31 * DAY), at(NOW + 40 * DAY)):
        assert denied(later, owner, consent_id) == {Reason.BOARD_MISSING}
        assert board_report.countdown(later) is None


def test_a_list_that_the_board_once_rejected_is_not_under_transition(
    at, owner, board, consent_id
):
    work, text = at(NOW + DAY), DEFINITIONS["elements"]
    is_text = board_subject.c.subject_id == text.subject_id
    work.connection.execute(board_subject.delete().where(is_text))
    item = board_item.c.name == text.name
    work.connection.execute(board_item.delete().where(item))
    before = replace(text, document={**text.document, "no": 0})
    board_items.register(at(NOW - DAY), before)
    rejected = decision(VOCABULARY, before.subject_id, result=BoardResult.REJECTED)
    carry(work, rejected, board)
    board_items.register(work, text)
    begin(work)
    assert denied(work, owner, consent_id)
    assert board_report.countdown(work).bridged == frozenset()


def test_the_transition_counts_down_and_is_in_the_log_once(at, owner, consent_id):
    work = at(NOW + DAY)
    assert text_transition.read(work) is None
    text_transition.record(work)
    begin(work)
    found = text_transition.read(work)
    assert found.covers(NOW, work.now)
    assert not found.covers(work.now, work.now)
    assert not found.covers(NOW, found.ends_at)
    assert [found.days_left(NOW + n * DAY) for n in (1, 30, 31, 40)] == [30, 1, 0, 0]
    assert text_transition.concerned(work, found) == 1
    text_transition.record(work)
    text_transition.record(work)
    assert actions(work).count("vocabulary.transition") == 1


def test_who_said_yes_anew_is_not_concerned(at, owner, board, consent_id):
    begin(at(NOW + DAY))
    work = at(NOW + 2 * DAY)
    renew(work, owner, consent_id, yes(work.now))
    assert text_transition.concerned(work, text_transition.read(work)) == 0


def test_only_a_text_that_consents_name_has_a_text_of_before(work, board):
    forbidden = DEFINITIONS["forbidden-purposes"]
    assert text_meaning.before(work, VOCABULARY, forbidden.subject_id) is None
    assert text_meaning.before(work, PURPOSE, TEXT.subject_id) is None
