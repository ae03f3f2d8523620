"""How the board gets its members, and how they decide together (G-03 to G-06, T-5)."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from consent import (
    board,
    board_conditions,
    board_items,
    board_members,
    board_proposals,
    board_rules,
    board_votes,
    offers,
)
from consent.board import Condition
from consent.board_member import MemberState
from consent.board_proposals import ProposalState
from consent.board_rule import FOUNDING, MemberField, Vote
from consent.facts import BoardResult, BoardSubjectKind
from consent.offers import OfferTemplate
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from tests.board import FIELDS, account, carry, constitute, nomination, seat
from tests.consent.test_registers import actions
from tests.consent.world import DAY, NOW, PROVISION, RECIPIENT, decision

KIND = BoardSubjectKind.RECIPIENT
CONDITIONAL = BoardResult.APPROVED_WITH_CONDITIONS


def code_of(raised, act):
    with pytest.raises(raised) as caught:
        act()
    return caught.value.code


def in_force(work, version=1, kind=KIND, subject=RECIPIENT):
    found = board.current(work, kind, str(subject), version=version)
    return board.is_in_force(found, work.now)


def about(member_id, **changes):
    return decision(BoardSubjectKind.MEMBER, member_id, **changes)


def test_nobody_decides_alone(work, contract_id):
    first, second, third = seat(work)
    board.stop(work, KIND, RECIPIENT, actor="before")
    approval = decision(KIND, RECIPIENT)
    proposal_id = board_votes.propose(work, approval, account_id=first)

    assert not in_force(work)
    assert (
        code_of(
            Conflict,
            lambda: board_votes.vote(work, proposal_id, Vote.YES, "", account_id=first),
        )
        == "board.voted"
    )
    board_votes.vote(work, proposal_id, Vote.YES, "", account_id=second)
    assert not in_force(work)
    carried = board_votes.vote(
        work, proposal_id, Vote.NO, "資料が足りない。", account_id=third
    )

    assert carried.state is ProposalState.CARRIED
    assert in_force(work)
    last = board.history(work, KIND, RECIPIENT)[0]
    assert last.decision_id == carried.decision_id
    assert [each.vote for each in last.present] == ["yes", "yes", "no"]
    assert [each.field for each in last.present] == [each.value for each in FIELDS]
    assert last.decision.dissent == "Member 3: 資料が足りない。"
    assert last.decision.review_at == NOW + timedelta(days=FOUNDING.review_days)
    assert (
        code_of(
            Conflict,
            lambda: board_votes.vote(work, proposal_id, Vote.YES, "", account_id=third),
        )
        == "board.closed"
    )


def test_who_does_not_sit_has_no_vote(at):
    work = at(NOW)
    accounts = seat(work)
    proposal_id = board_votes.propose(
        work, decision(KIND, "some-one"), account_id=accounts[0]
    )
    stranger = account(99)
    # Staff of the bank may nominate as many as they like.
    for number in range(50, 55):
        wish = nomination(number, now=NOW, account_id=account(number))
        board_members.nominate(work, wish, conflicts=(), actor="operator")
    later = at(NOW + 800 * DAY)

    for moment, who in ((work, stranger), (work, account(50)), (later, accounts[1])):
        found = code_of(
            Forbidden,
            lambda moment=moment, who=who: board_members.sitting_for(moment, who),
        )
        assert found == "member.not-sitting"
    for act in (
        lambda: board_votes.vote(work, proposal_id, Vote.YES, "", account_id=stranger),
        lambda: board_votes.propose(work, decision(KIND, "x"), account_id=stranger),
        lambda: board_votes.stop(work, KIND, "x", account_id=stranger),
        lambda: board_votes.take_back(work, proposal_id, account_id=stranger),
    ):
        assert code_of(Forbidden, act) == "member.not-sitting"
    assert code_of(Conflict, lambda: constitute(work)) == "board.sits"


def test_the_board_itself_seats_and_dismisses(work):
    accounts = seat(work)
    wish = nomination(9, MemberField.MEDICAL, now=NOW)
    member_id = board_members.nominate(work, wish, conflicts=(), actor="operator")
    again = code_of(
        Conflict,
        lambda: board_members.nominate(work, wish, conflicts=(), actor="operator"),
    )
    carry(work, about(member_id), accounts)

    member = board_members.get(work, member_id)
    assert again == "member.known"
    assert member.sits(NOW)
    assert (
        UUID(member.seated_by)
        == board.history(work, BoardSubjectKind.MEMBER, str(member_id))[0].decision_id
    )
    assert (
        code_of(Invalid, lambda: carry(work, about(member_id), accounts))
        == "board.result"
    )
    dismissal = about(member_id, result=BoardResult.REJECTED)
    assert (
        code_of(
            Forbidden,
            lambda: board_votes.propose(work, dismissal, account_id=account(9)),
        )
        == "member.conflict"
    )
    carry(work, dismissal, accounts)
    assert board_members.get(work, member_id).state is MemberState.ENDED
    refused = board_members.nominate(work, wish, conflicts=(), actor="operator")
    carry(work, about(refused, result=BoardResult.REJECTED), accounts)
    assert board_members.get(work, refused).state is MemberState.REFUSED
    assert len(board_members.sitting_members(work)) == 3


@pytest.mark.parametrize(
    ("fields", "of_bank"),
    [(FIELDS[:2], 0), ((MemberField.ENGINEER,) * 3, 0), (FIELDS, 2)],
)
def test_a_board_that_could_not_decide_is_not_constituted(work, fields, of_bank):
    for number, field in enumerate(fields):
        wish = nomination(number, field, now=NOW, is_of_bank=number < of_bank)
        board_members.nominate(work, wish, conflicts=(), actor="operator")

    assert code_of(Conflict, lambda: constitute(work)) == "board.too-few"
    assert board_members.sitting_members(work) == []


def test_staff_can_fill_up_a_board_only_while_it_cannot_act(work):
    accounts = seat(work)
    left = board_members.sitting_for(work, accounts[1])
    board_members.end(work, left.member_id, actor="self")
    wish = nomination(7, MemberField.CONSUMER, now=NOW)
    board_members.nominate(work, wish, conflicts=(), actor="operator")

    constitute(work)

    found = board_members.of_account(work, account(7))[0]
    assert (found.seated_by, found.seated_at) == (board_members.CONSTITUTION, NOW)
    assert actions(work).count("board.constituted") == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "member.name"),
        ({"employer": "x" * 201}, "member.employer"),
        ({"term_until": NOW}, "member.term_until"),
        ({"term_until": NOW + 2000 * DAY}, "member.term_until"),
    ],
)
def test_a_nomination_is_complete(work, change, code):
    wish = replace(nomination(now=NOW), **change)

    assert code == code_of(
        Invalid,
        lambda: board_members.nominate(work, wish, conflicts=(), actor="operator"),
    )
    assert board_members.every(work) == []


def test_a_conflict_takes_the_vote_about_that_recipient_and_its_things(
    work, contract_id
):
    accounts = seat(work, (*FIELDS, MemberField.ENGINEER))
    engineer = board_members.sitting_for(work, accounts[3])
    board_members.declare(
        work, engineer.member_id, RECIPIENT, "株を持っている。", actor="self"
    )
    board_members.declare(work, engineer.member_id, RECIPIENT, "", actor="self")
    contract = decision(BoardSubjectKind.CONTRACT, contract_id)

    for made in (contract, decision(KIND, RECIPIENT)):
        assert (
            code_of(
                Forbidden,
                lambda made=made: board_votes.propose(
                    work, made, account_id=accounts[3]
                ),
            )
            == "member.conflict"
        )
    carried = carry(work, contract, accounts[:3])
    assert carried.state is ProposalState.CARRIED
    assert board_votes.standing(work, carried).present == 3
    # A stop gives nothing to anybody, so a conflict does not hinder it.
    board_votes.stop(work, KIND, RECIPIENT, account_id=accounts[3])
    assert not in_force(work)
    with pytest.raises(NotFound):
        board_members.declare(work, engineer.member_id, "nobody", "", actor="self")
    assert (
        code_of(
            Invalid,
            lambda: board_members.declare(
                work, engineer.member_id, RECIPIENT, "x" * 1001, actor="self"
            ),
        )
        == "member.words"
    )


def test_special_care_data_needs_the_medical_seat(work, contract_id):
    accounts = seat(work, (*FIELDS, MemberField.MEDICAL))
    provision = replace(PROVISION, categories=("health.lab",))
    template = OfferTemplate(
        provision=provision,
        window_days=30,
        validity_days=30,
        title_ja="検査",
        title_en="Laboratory",
    )
    careful = offers.draft(work, RECIPIENT, template, actor="o")
    plain = offers.draft(
        work, RECIPIENT, replace(template, provision=PROVISION), actor="o"
    )
    waiting = carry(work, decision(BoardSubjectKind.OFFER, careful), accounts[:3])

    assert waiting.state is ProposalState.OPEN
    assert board_votes.standing(work, waiting).missing_fields == (MemberField.MEDICAL,)
    done = board_votes.vote(
        work, waiting.proposal_id, Vote.ABSTAIN, "", account_id=accounts[3]
    )
    assert done.state is ProposalState.CARRIED
    made = carry(work, decision(BoardSubjectKind.OFFER, plain), accounts[:3])
    assert made.state is ProposalState.CARRIED


def test_a_vote_is_lost_lapses_or_is_taken_back(at):
    work = at(NOW)
    first, second, third = seat(work)
    wish = decision(KIND, "some-one")
    lost = board_votes.propose(work, wish, account_id=first)
    for each in (second, third):
        board_votes.vote(work, lost, Vote.NO, "", account_id=each)
    lapsing = board_votes.propose(work, wish, account_id=second)
    taken = board_votes.propose(work, wish, account_id=third)
    foreign = code_of(
        Forbidden, lambda: board_votes.take_back(work, taken, account_id=first)
    )
    board_votes.take_back(work, taken, account_id=third)
    later = at(NOW + timedelta(days=FOUNDING.proposal_days))

    assert foreign == "board.not-yours"
    assert board_proposals.still_open(later) == []
    assert [p.proposal_id for p in board_proposals.still_open(work)] == [lapsing]
    assert [p.state for p in board_proposals.of_subject(later, KIND, "some-one")] == [
        ProposalState.TAKEN_BACK,
        ProposalState.LAPSED,
        ProposalState.DEFEATED,
    ]
    for moment, proposal in ((work, lost), (later, lapsing), (work, taken)):
        assert (
            code_of(
                Conflict,
                lambda moment=moment, proposal=proposal: board_votes.vote(
                    moment, proposal, Vote.YES, "", account_id=first
                ),
            )
            == "board.closed"
        )
    assert board.history(work, KIND, "some-one") == []
    with pytest.raises(NotFound):
        board_votes.vote(work, uuid4(), Vote.YES, "", account_id=first)
    with pytest.raises(NotFound):
        board_proposals.get(work, uuid4())
    assert (
        code_of(
            Invalid,
            lambda: board_votes.vote(
                work, lapsing, Vote.NO, "x" * 4001, account_id=first
            ),
        )
        == "board.too-long"
    )


def test_one_member_stops_and_the_board_lifts(at, contract_id):
    work, later = at(NOW), at(NOW + 30 * DAY)
    accounts = seat(work)
    board_votes.stop(work, KIND, RECIPIENT, account_id=accounts[2])
    last = board.history(work, KIND, RECIPIENT)[0]

    assert last.decision.review_at == NOW + timedelta(days=FOUNDING.stop_days)
    assert last.decided_by == f"board:{accounts[2]}"
    # Nobody confirmed it in time, and it goes on standing.
    assert not in_force(later)
    carry(later, decision(KIND, RECIPIENT), accounts)
    assert in_force(later)
    for kind in board_votes.NOT_STOPPED:
        assert (
            code_of(
                Conflict,
                lambda kind=kind: board_votes.stop(
                    work, kind, "x", account_id=accounts[0]
                ),
            )
            == "board.not-stopped"
        )


def test_an_approval_ends_with_its_open_condition(at, contract_id):
    work = at(NOW)
    accounts = seat(work)
    conditions = (Condition("報告", NOW + 10 * DAY), Condition("点検", NOW + 20 * DAY))
    made = decision(KIND, RECIPIENT, result=CONDITIONAL, conditions=conditions)
    carried = carry(work, made, accounts)
    decision_id = carried.decision_id
    first, second = board_conditions.of_subject(work, KIND, RECIPIENT)

    assert carried.decision.conditions == conditions
    assert in_force(at(NOW + 9 * DAY))
    assert not in_force(at(NOW + 10 * DAY))
    assert first.is_overdue(NOW + 10 * DAY)
    board_conditions.answer(work, decision_id, 1, " 送りました。 ", actor="operator")
    assert not in_force(at(NOW + 10 * DAY))
    board_conditions.confirm(work, decision_id, 1, account_id=accounts[1])
    assert in_force(at(NOW + 10 * DAY))
    assert not in_force(at(NOW + 20 * DAY))
    assert [each.no for each in board_conditions.unmet(work)] == [2]
    board_conditions.confirm(work, decision_id, second.no, account_id=accounts[1])
    assert in_force(at(NOW + 599 * DAY))
    assert not in_force(at(NOW + 600 * DAY))
    met = board_conditions.of_subject(work, KIND, RECIPIENT)[0]
    assert (met.answer, met.met_at) == ("送りました。", NOW)
    assert not met.is_overdue(NOW + 10 * DAY)


def test_a_condition_is_confirmed_once_and_by_the_board(work, contract_id):
    accounts = seat(work)
    condition = Condition("報告", NOW + 10 * DAY)
    made = decision(KIND, RECIPIENT, result=CONDITIONAL, conditions=(condition,))
    decision_id = carry(work, made, accounts).decision_id
    member = board_members.sitting_for(work, accounts[0])
    board_members.declare(work, member.member_id, RECIPIENT, "", actor="self")

    def confirm(who, no=1):
        board_conditions.confirm(work, decision_id, no, account_id=who)

    def answer(words):
        board_conditions.answer(work, decision_id, 1, words, actor="operator")

    assert code_of(Forbidden, lambda: confirm(accounts[0])) == "member.conflict"
    assert code_of(Forbidden, lambda: confirm(account(9))) == "member.not-sitting"
    assert code_of(NotFound, lambda: confirm(accounts[1], 2)) == "board.no-condition"
    assert code_of(Invalid, lambda: answer(" ")) == "board.answer"
    confirm(accounts[1])
    assert code_of(Conflict, lambda: confirm(accounts[1])) == "board.condition-met"
    assert code_of(Conflict, lambda: answer("x")) == "board.condition-met"


def test_what_stopped_for_its_condition_is_not_revived_by_one(at, contract_id):
    work = at(NOW)
    accounts = seat(work)
    condition = Condition("報告", NOW + 10 * DAY)
    made = decision(KIND, RECIPIENT, result=CONDITIONAL, conditions=(condition,))
    decision_id = carry(work, made, accounts).decision_id
    late = at(NOW + 10 * DAY)

    def confirm():
        board_conditions.confirm(late, decision_id, 1, account_id=accounts[1])

    assert code_of(Conflict, confirm) == "board.condition-overdue"
    assert not in_force(late)


def test_votes_of_before_a_stop_lift_nothing(work, contract_id):
    accounts = seat(work)
    carry(work, decision(KIND, RECIPIENT), accounts)
    again = decision(KIND, RECIPIENT)
    proposal_id = board_votes.propose(work, again, account_id=accounts[0])
    board_votes.stop(work, KIND, RECIPIENT, account_id=accounts[2])

    def agree():
        board_votes.vote(work, proposal_id, Vote.YES, "", account_id=accounts[1])

    assert code_of(Conflict, agree) == "board.closed"
    assert not in_force(work)


def test_a_second_approval_seats_nobody_who_left(work):
    accounts = seat(work)
    wish = nomination(9, MemberField.MEDICAL, now=NOW)
    member_id = board_members.nominate(work, wish, conflicts=(), actor="operator")
    twice = [
        board_votes.propose(work, about(member_id), account_id=accounts[0])
        for _ in range(2)
    ]
    for proposal_id in twice:
        for who in accounts[1:3]:
            board_votes.vote(work, proposal_id, Vote.YES, "", account_id=who)
        if proposal_id == twice[0]:
            board_members.end(work, member_id, actor="self")

    second = board_proposals.get(work, twice[1])
    assert second.state is ProposalState.DEFEATED
    assert board_members.get(work, member_id).state is MemberState.ENDED


def test_the_board_adopts_its_own_rule(work):
    accounts = seat(work)
    document = FOUNDING.document() | {"minimum_present": 4, "stop_days": 7}
    subject_id = board_rules.enter(work, document)

    assert board_rules.in_force(work) == FOUNDING
    carry(work, decision(BoardSubjectKind.BOARD_RULE, subject_id), accounts)
    assert board_rules.in_force(work).document() == document
    # Now three are too few.
    waiting = carry(work, decision(KIND, "some-one"), accounts)
    assert waiting.state is ProposalState.OPEN
    assert board_votes.standing(work, waiting).missing_present == 1
    first, second = board_items.editions(
        work, BoardSubjectKind.BOARD_RULE, "board-rule"
    )
    assert (first.document, second.subject_id) == (FOUNDING.document(), subject_id)
    for broken in ({}, document | {"minimum_present": 1}, document | {"majority": 2}):
        assert (
            code_of(Invalid, lambda broken=broken: board_rules.enter(work, broken))
            == "board.rule"
        )


def test_what_is_decided_is_what_was_voted_on(work, contract_id):
    accounts = seat(work)
    made = decision(
        BoardSubjectKind.CONTRACT,
        contract_id,
        summary={"ja": "承認しました。", "en": "Approved."},
        dissent="慎重に。",
        review_at=NOW + 90 * DAY,
    )

    carried = carry(work, made, accounts)

    assert carried.decision == made
    assert board.history(work, made.kind, made.subject_id)[0].decision == made


def test_an_incomplete_decision_is_not_put_to_the_vote(work):
    (first, *_rest) = seat(work)

    for broken in (
        decision(KIND, RECIPIENT, answers={}),
        decision(KIND, RECIPIENT, result=CONDITIONAL),
        decision(KIND, RECIPIENT, valid_until=NOW),
        decision(KIND, RECIPIENT, summary={"ja": "x" * 4001, "en": ""}),
        decision(KIND, RECIPIENT, conditions=(Condition("x", NOW + DAY),)),
        decision(
            KIND, RECIPIENT, result=CONDITIONAL, conditions=(Condition("x", NOW),)
        ),
    ):
        with pytest.raises(Invalid):
            board_votes.propose(work, broken, account_id=first)
    assert board_proposals.still_open(work) == []
