"""The ethics board by its pages: nomination, votes, conflicts, conditions, the rule."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from consent import (
    board,
    board_constitution,
    board_members,
    board_proposals,
    board_rules,
)
from consent.board_rule import FOUNDING
from consent.facts import BoardSubjectKind
from pds.accounts.roles import Role
from tests.board import nomination
from tests.web.conftest import BOARD, RECIPIENT, board_agrees, sign_up

HERE = f"/board/recipient/{RECIPIENT}"
ANSWERS = dict.fromkeys(board.QUESTIONS, "We looked at it.")
TERM = {"term_from": "2026-01-01", "term_until": "2028-12-31"}
PERSON = {"name": "審査 花子", "employer": "Aoba University", "field": "medical"}


def propose(visitor, address=HERE, **changes):
    form = visitor.get(address).form_to(address)
    sent = {"result": "approved", "valid_until": "2027-03-31"} | ANSWERS | changes
    return visitor.post(form, **sent)


def vote(visitor, said, words="", address=HERE):
    form = visitor.get(address).form_to("/vote")
    return visitor.post(form, vote=said, words=words)


def is_live(bank, kind=BoardSubjectKind.RECIPIENT, subject=RECIPIENT):
    with bank.read() as snap:
        return board.is_in_force(
            board.current(snap, kind, subject, version=1), snap.now
        )


def test_members_vote_from_their_own_logins(bank, member, portal, recipient):
    member.post(member.get(f"{HERE}/stop").form_to("/stop"))
    propose(member)
    second, third = portal("second"), portal("third")
    nothing = second.follow(
        second.post(second.get(HERE).form_to("/vote"), words="no choice")
    )
    waiting = second.follow(vote(second, "no", "The purpose is too wide."))
    before = is_live(bank)
    done = third.follow(vote(third, "yes"))

    assert "Choose your vote." in nothing.text
    assert "The quorum is not reached yet." in waiting.text
    assert "Still missing" in waiting.text
    assert not before
    assert "counts from now on" in done.text
    assert is_live(bank)
    assert "Member: The purpose" not in done.text
    assert "Member 2: The purpose is too wide." in done.text
    assert "Member 3 (Information security: Yes, I agree)" in done.text


def test_a_proposal_is_taken_back_or_defeated(bank, member, portal, recipient):
    propose(member, result="rejected")
    form = member.get(HERE).form_to("/take-back")
    taken = member.follow(member.post(form))
    propose(member, result="rejected")
    for name in BOARD[1:]:
        last = portal(name)
        done = last.follow(vote(last, "no"))

    assert "The proposal is taken back." in taken.text
    assert "The proposal is defeated." in done.text
    assert is_live(bank)


def test_an_account_alone_gives_no_vote(bank, member, portal, recipient):
    propose(member)
    sign_up(bank, "packed", Role.BOARD)
    packed = portal("packed")

    page = packed.get(HERE)

    assert "You do not sit on the board now." in page.text
    assert not [each for each in page.forms if "/board/" in each.action]
    form = member.get(HERE).form_to("/take-back")
    token = packed.get("/account").form_to("/logout").fields["csrf_token"]
    form.fields = {"csrf_token": token}
    packed.post(form, 403)
    form.action = form.action.replace("take-back", "vote")
    packed.post(form, 403, vote="yes")
    form.action = HERE
    sent = {"result": "approved", "valid_until": "2027-03-31"} | ANSWERS
    packed.post(form, 403, **sent)
    form.action = "/board/rule"
    packed.post(form, 403)


def test_a_condition_goes_from_the_board_to_the_bank_and_back(
    bank, member, operator, recipient
):
    result = {"result": "approved-with-conditions", "condition_1": "Report yearly."}
    without = member.get(HERE).form_to(HERE)
    sent = {"valid_until": "2027-03-31"} | ANSWERS | result
    no_day = member.post(without, 422, **sent)
    no_words = member.post(
        without, 422, **sent | {"condition_1": "", "due_1": "2027-01-31"}
    )
    past = member.post(without, 422, **sent | {"due_1": "2020-01-31"})
    propose(member, due_1="2027-01-31", review_at="2027-02-01", **result)
    board_agrees(bank)
    answer = operator.get("/operator/board").form_to("/1")
    empty = operator.post(answer, 422)
    operator.post(answer, answer="The report of this year is with you.")
    shown = member.get(HERE)
    confirmed = member.post(shown.form_to("/1"))

    assert "#due_1" in no_day.links
    assert "#condition_1" in no_words.links
    assert "#condition_1" in past.links
    assert "#answer" in empty.links
    assert "The report of this year is with you." in shown.text
    assert "The condition is met." in member.follow(confirmed).text
    assert "No condition is open." in operator.get("/operator/board").text


def test_an_overdue_condition_is_shown_and_stops(bank, member, recipient, clock):
    propose(
        member,
        result="approved-with-conditions",
        condition_1="Report yearly.",
        due_1="2027-01-31",
        valid_until="2028-12-31",
    )
    board_agrees(bank)
    clock.advance(timedelta(days=200))
    member.log_in("member")

    page = member.get("/board")

    assert "Overdue: it is stopped" in page.text
    assert "Approved before, not in force" in page.text
    assert not is_live(bank)


def test_conflicts_are_declared_and_hold(bank, member, recipient):
    form = member.get("/board/members").form_to("/conflict")
    nobody = member.post(form, 422, recipient_id="nobody")
    done = member.post(form, recipient_id=RECIPIENT, words="I hold shares of it.")

    assert "#recipient_id" in nobody.links
    assert "no longer decide about this recipient" in member.follow(done).text
    assert "Genki Lab Inc." in member.get("/board/members").text
    sent = {"result": "approved", "valid_until": "2027-03-31"} | ANSWERS
    member.post(member.get(HERE).form_to(HERE), 403, **sent)


def nominated(bank, operator):
    for name, field in (("a-one", "lawyer"), ("a-two", "consumer"), ("a-3", "other")):
        sign_up(bank, name, Role.BOARD)
        page = operator.get("/operator/board")
        sent = PERSON | TERM | {"login": name, "field": field, "name": name}
        operator.post(page.form_to("/operator/board"), **sent)


def test_a_board_of_one_operator_alone_is_not_made(bank, operator):
    lonely = operator.get("/operator/board").text
    nominated(bank, operator)
    page = operator.get("/operator/board")
    asked = operator.follow(operator.post(page.form_to("/constitute")))

    for text in (lonely, asked.text):
        assert "Only one member of staff has an account." in text
        assert "infobank staff add" in text
    assert "Nobody is nominated whose term has begun." in lonely
    assert "Another member of staff has to approve it" in asked.text
    assert not [each for each in asked.forms if "constitute" in each.action]
    with bank.read() as snap:
        made = board_constitution.waiting(snap)
        assert board_members.sitting_members(snap) == []
    by_hand = replace(
        page.form_to("/constitute"),
        action=f"/operator/board/constitute/{made.constitution_id}",
    )
    assert "Another member of staff" in operator.post(by_hand, 403).text


def test_staff_make_the_first_board_and_no_other(bank, operator, portal):
    nominated(bank, operator)
    operator.post(operator.get("/operator/board").form_to("/constitute"))
    sign_up(bank, "other-staff", Role.OPERATOR)
    other = portal("other-staff")
    early = other.get("/operator/board")
    assert "a-one (Law)" in early.text
    (approve,) = [each for each in early.forms if "/constitute/" in each.action]
    made = other.post(approve)

    page = other.follow(made)
    assert "This is public." in page.text
    assert "first composition, by the bank" in page.text
    assert not [each for each in page.forms if "constitute" in each.action]
    with bank.read() as snap:
        assert len(board_members.sitting_members(snap)) == 3
    visitor = portal("a-one")
    assert "board" in visitor.get("/board/members").text
    leave = visitor.get("/board/members").form_to("/resign")
    assert "Your term has ended." in visitor.follow(visitor.post(leave)).text
    assert "Constitute the board" in operator.get("/operator/board").text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"login": "hanako"}, "login"),
        ({"login": "nobody-here"}, "login"),
        ({"field": "astrology"}, "field"),
        ({"name": ""}, "name"),
        ({"term_until": "2040-01-01"}, "term_until"),
        ({"term_until": "soon"}, "term_until"),
    ],
)
def test_a_nomination_that_does_not_do(operator, hanako, bank, change, field):
    sign_up(bank, "new-one", Role.BOARD)
    form = operator.get("/operator/board").form_to("/operator/board")

    page = operator.post(form, 422, **PERSON | TERM | {"login": "new-one"} | change)

    assert f"#{field}" in page.links


def test_the_board_nominates_and_seats(bank, member):
    sign_up(bank, "doctor", Role.BOARD)
    form = member.get("/board/members").form_to("/members")
    member.post(form, 422)
    member.post(form, **PERSON | TERM | {"login": "doctor", "of_bank": "yes"})
    waiting = member.get("/board")
    address = re.search(r"/board/member/[0-9a-f-]+", waiting.response.text)[0]
    wrong = member.get(address).form_to(address)
    sent = {"result": "suspended", "valid_until": "2020-03-31"} | ANSWERS
    assert "#valid_until" in member.post(wrong, 422, **sent).links
    propose(member, address)
    board_agrees(bank)

    page = member.get("/board/members")
    assert "decision of the board" in page.text
    assert "(this bank)" in page.text
    assert "Works for this bank" in member.get(address).text
    again = member.post(
        wrong, 422, **sent | {"valid_until": "2027-03-31"} | {"result": "approved"}
    )
    assert "#result" in again.links


def test_a_new_rule_is_entered_and_adopted(bank, member):
    member.get("/board/rule")
    form = member.get("/board/rule").form_to("/rule")
    values = {
        "minimum_present": "3",
        "required_fields": "lawyer",
        "yes_above": "2",
        "yes_below": "3",
        "proposal_days": "20",
        "stop_days": "7",
        "review_days": "180",
        "rationale_ja": "より慎重に。",
        "rationale_en": "More careful.",
    }
    below = member.post(form, 422, **values | {"minimum_present": "2"})
    bad = member.post(form, 422, **values | {"stop_days": "many"})
    entered = member.post(form, **values)
    address = entered.response.headers["Location"]
    shown = member.get(address)
    propose(member, address)
    board_agrees(bank)

    assert "#minimum_present" in below.links
    assert "#stop_days" in bad.links
    assert "What is new in this version" in shown.text
    assert "stop_days" in shown.text
    with bank.read() as snap:
        found = board_rules.in_force(snap)
        assert found.stop_days == 7
        assert found != FOUNDING
        assert not board_proposals.still_open(snap)
    assert "More careful." in member.get("/board/rule").text


def test_a_nominated_member_can_be_looked_at(bank, member, operator):
    with bank.read() as snap:
        now = snap.now
    wish = nomination(9, now=now)
    member_id = bank.unit_of_work(
        lambda work: board_members.nominate(work, wish, conflicts=(), actor="t")
    )

    assert "Member 9" in member.get(f"/board/member/{member_id}").text
    assert "Member 9" in operator.get("/operator/board").text


def test_the_report_asks_and_is_answered(bank, member, operator, recipient, consent):
    page = member.get("/board/report")
    form = page.form_to("/report")
    ask = [each for each in page.forms if each.method == "post"][-1]
    empty = member.post(ask, 422)
    member.post(ask, words="How many refused?")
    answer = operator.get("/operator/board")
    assert "How many refused?" in answer.text
    operator.post(answer.form_to(answer.forms[1].action.rpartition("/")[2]), 422)
    reply = next(f for f in answer.forms if "/requests/" in f.action)
    operator.post(reply, answer="Ten of a hundred.")

    shown = member.get("/board/report?first=2020-01-01&last=never")
    assert "#words" in empty.links
    assert "Ten of a hundred." in shown.text
    assert "Nothing is live without a decision of the board." in shown.text
    assert RECIPIENT in shown.text
    assert "No question is open." in operator.get("/operator/board").text
    assert form.action.endswith("/report")


def test_what_is_live_without_a_decision_is_listed(bank, member, recipient):
    member.post(member.get(f"{HERE}/stop").form_to("/stop"))

    page = member.get("/board/report")

    assert "This list has to be empty." in page.text
    assert HERE in page.links


def test_everybody_sees_board_and_vocabulary(bank, member, portal, recipient):
    propose(
        member,
        summary_ja="承認。",
        summary_en="Approved after looking at it.",
    )
    board_agrees(bank)
    stranger = portal()

    board_page = stranger.get("/ethics-board").text
    assert "Member 1" in board_page
    assert "Approved after looking at it." in board_page
    assert "first composition, by the bank" in board_page
    words = stranger.get("/vocabulary").text
    assert "Advice on healthy living" in words
    assert "Special care by law" in words
    assert "Forbidden purposes" in words
