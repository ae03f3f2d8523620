"""The first ethics board is made by two of the staff, and never by one (T-5, G-03)."""

from datetime import timedelta

import pytest

from consent import board_constitution, board_members
from consent.board_member import MemberState
from consent.board_rule import MemberField
from pds.core.errors import Conflict, Forbidden
from tests.board import FIELDS, account, constitute, nomination, seat
from tests.consent.test_registers import actions
from tests.consent.world import DAY, NOW

ONE, OTHER = account(9001), account(9002)


def nominate(work, number, field=MemberField.OTHER, **changes):
    wish = nomination(number, field, now=NOW, **changes)
    return board_members.nominate(work, wish, conflicts=(), actor="operator")


def ask(work, by=ONE):
    return board_constitution.ask(work, by=by, actor="operator")


def approve(work, asked, by=OTHER):
    board_constitution.approve(work, asked, by=by, actor="operator")


def refused(raised, act):
    with pytest.raises(raised) as caught:
        act()
    return caught.value.code


@pytest.fixture
def early(work):
    """A bank in which three are nominated and nobody sits."""
    for number, field in enumerate(FIELDS, 1):
        nominate(work, number, field)
    return work


def test_one_alone_makes_no_board(early):
    asked = ask(early)

    own = refused(Forbidden, lambda: approve(early, asked, by=ONE))
    again = refused(Conflict, lambda: ask(early))
    assert (own, again) == ("board.constitution-own", "board.constitution-waits")
    assert board_members.sitting_members(early) == []
    approve(early, asked)
    assert len(board_members.sitting_members(early)) == len(FIELDS)
    assert actions(early).count("board.constituted") == 1
    assert refused(Conflict, lambda: approve(early, asked)) == "board.sits"


def test_what_is_approved_is_what_was_asked_for(early):
    asked = ask(early)
    nominate(early, 7, MemberField.LAWYER)

    assert board_constitution.waiting(early) is None
    gone = refused(Conflict, lambda: approve(early, asked))
    assert gone == "board.constitution-gone"
    assert board_members.sitting_members(early) == []
    approve(early, ask(early, by=OTHER), by=ONE)
    assert len(board_members.sitting_members(early)) == len(FIELDS) + 1


def test_an_approval_comes_within_a_week(early, at):
    asked = ask(early)
    late = at(NOW + board_constitution.WAITS)

    gone = refused(Conflict, lambda: approve(late, asked))
    assert gone == "board.constitution-gone"
    approve(late, ask(late))
    assert len(board_members.sitting_members(late)) == len(FIELDS)


@pytest.mark.parametrize(
    ("first", "last"), [(30, 300), (-300, -1)], ids=["to come", "over"]
)
def test_who_is_out_of_term_does_not_count(work, at, first, last):
    before = at(NOW - 299 * DAY)
    nominate(work, 1, MemberField.LAWYER)
    nominate(work, 2, MemberField.CONSUMER)
    out = {"term_from": NOW + first * DAY, "term_until": NOW + last * DAY}
    wish = nomination(3, now=NOW, **out)
    third = board_members.nominate(before, wish, conflicts=(), actor="operator")

    assert refused(Conflict, lambda: constitute(work)) == "board.too-few"
    nominate(work, 4, MemberField.SECURITY)
    constitute(work)
    assert board_members.get(work, third).state is MemberState.NOMINATED
    assert len(board_members.sitting_members(work)) == 3


def test_a_board_that_cannot_act_is_made_anew_by_two(work, at):
    seat(work)
    after = at(NOW + timedelta(days=900))
    for number, field in enumerate(FIELDS, 11):
        wish = nomination(number, field, now=after.now)
        board_members.nominate(after, wish, conflicts=(), actor="operator")

    asked = ask(after)
    own = refused(Forbidden, lambda: approve(after, asked, by=ONE))

    assert own == "board.constitution-own"
    approve(after, asked)
    assert len(board_members.sitting_members(after)) == len(FIELDS)
