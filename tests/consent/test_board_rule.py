"""The count of the board's votes, over random boards and ballots (G-04, G-09, X-05)."""

import copy
from dataclasses import replace
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import board_rule
from consent.board_rule import FOUNDING, MemberField, Seat, Vote

FIELDS = st.sampled_from(MemberField)
SEATS = st.lists(st.tuples(FIELDS, st.booleans()), max_size=9).map(
    lambda found: [Seat(UUID(int=n), *each) for n, each in enumerate(found)]
)
BALLOTS = st.dictionaries(
    st.integers(0, 12).map(lambda n: UUID(int=n)), st.sampled_from(Vote)
)
BASE = FOUNDING.document()


@settings(max_examples=150)
@given(SEATS, BALLOTS, st.booleans())
def test_what_is_carried_has_a_quorum(seats, ballots, is_medical):
    found = board_rule.tally(FOUNDING, seats, ballots, is_medical=is_medical)
    present = [seat for seat in seats if seat.member_id in ballots]
    yes = [seat for seat in present if ballots[seat.member_id] is Vote.YES]

    has_quorum = (
        len(present) >= 3
        and {MemberField.LAWYER, MemberField.CONSUMER} <= {s.field for s in present}
        and 2 * len(yes) > len(seats)
        and 2 * sum(seat.is_of_bank for seat in present) < len(present)
        and (not is_medical or MemberField.MEDICAL in {s.field for s in present})
    )

    assert found.is_carried is has_quorum
    assert not (found.is_carried and found.is_defeated)
    assert found.present == len(present)


@settings(max_examples=100)
@given(SEATS, BALLOTS)
def test_defeated_means_that_no_further_vote_could_carry(seats, ballots):
    hoped = {seat.member_id: Vote.YES for seat in seats} | ballots
    is_defeated = board_rule.tally(FOUNDING, seats, ballots).is_defeated

    assert is_defeated == bool(board_rule.tally(FOUNDING, seats, hoped).missing_yes)


@pytest.mark.parametrize("of_bank", [0, 1, 2, 3])
def test_staff_of_the_bank_never_decide_among_themselves(of_bank):
    seats = [
        Seat(UUID(int=n), field, n < of_bank)
        for n, field in enumerate([MemberField.LAWYER, MemberField.CONSUMER] * 2)
    ]

    assert board_rule.can_decide(FOUNDING, seats) is (of_bank < 3)


def test_a_rule_reads_back_and_says_how_many():
    stricter = replace(FOUNDING, majority=board_rule.Fraction(2, 3))

    assert board_rule.read(stricter.document()) == stricter
    assert [FOUNDING.yes_needed(n) for n in (3, 4, 5)] == [2, 3, 3]
    assert [stricter.yes_needed(n) for n in (3, 4, 5)] == [3, 3, 4]
    assert board_rule.digest_text(stricter) != board_rule.digest_text(FOUNDING)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2),
        ("minimum_present", 2),
        ("minimum_present", 51),
        ("required_fields", []),
        ("required_fields", ["lawyer", "lawyer"]),
        ("required_fields", ["astrologer"]),
        ("majority", [1, 3]),
        ("majority", [1, 1]),
        ("majority", [1, 0]),
        ("proposal_days", 0),
        ("stop_days", 61),
        ("review_days", 2000),
        ("rationale", {"ja": "理由", "en": " "}),
        ("chair_decides_alone", True),
    ],
)
def test_no_rule_goes_below_the_floor(name, value):
    document = copy.deepcopy(BASE) | {name: value}

    with pytest.raises(ValueError, match=r"\w"):
        board_rule.read(document)


def test_a_board_whose_outside_members_can_carry_can_decide():
    """Three of the bank beside three others need not all vote, so nobody may add."""
    fields = (*FOUNDING.required_fields, *[MemberField.OTHER] * 6)[:3]
    outside = [
        Seat(UUID(int=n), field, is_of_bank=False) for n, field in enumerate(fields)
    ]
    of_bank = [
        Seat(UUID(int=9 + n), MemberField.OTHER, is_of_bank=True) for n in range(3)
    ]
    assert board_rule.can_decide(FOUNDING, [*outside, *of_bank])
    assert not board_rule.can_decide(FOUNDING, [outside[0], *of_bank])


@settings(max_examples=50)
@given(SEATS)
def test_who_can_decide_is_who_can_carry(seats):
    """Every way of voting is tried, and the short answer agrees with the long one."""
    ids = [seat.member_id for seat in seats]
    ways = (
        dict.fromkeys(chosen, Vote.YES)
        for n in range(len(ids) + 1)
        for chosen in combinations(ids, n)
    )
    carried = any(board_rule.tally(FOUNDING, seats, way).is_carried for way in ways)
    assert board_rule.can_decide(FOUNDING, seats) is carried
