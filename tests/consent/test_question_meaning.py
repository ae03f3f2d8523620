"""A question keeps its meaning under its id, or the board cannot approve it (D-08)."""

from dataclasses import replace

import pytest

from consent import board_items, board_vocabulary
from consent.board import Condition
from consent.board_proposals import ProposalState
from consent.facts import BoardResult, BoardSubjectKind
from consent.question_meaning import meaning
from pds.core.errors import Invalid
from tests.board import FIELDS, carry, seat
from tests.consent.world import DAY, NOW, decision

KIND = BoardSubjectKind.QUESTION
FIRST = next(x for x in board_vocabulary.definitions() if x.name == "steps.mean-8000")
RULE = FIRST.document["rule"]
WORDS = FIRST.document["words"]
OTHERS = [
    {"category": "health.sleep"},
    {"days": 31},
    {"rule": {**RULE, "at_least": "6000"}},
    {"rule": {**RULE, "least_days": 1}},
]


@pytest.fixture
def accounts(work):
    board_items.register(work, FIRST)
    return seat(work, FIELDS)


def changed(changes):
    return replace(FIRST, document={**FIRST.document, **changes})


@pytest.mark.parametrize("changes", OTHERS)
def test_another_rule_under_a_known_id_cannot_be_approved(work, accounts, changes):
    other = changed(changes)
    subject_id = board_items.register(work, other)
    assert meaning(other.document) != meaning(FIRST.document)
    approvals = (
        decision(KIND, subject_id),
        decision(
            KIND,
            subject_id,
            result=BoardResult.APPROVED_WITH_CONDITIONS,
            conditions=(Condition("報告する", NOW + DAY),),
        ),
    )
    for approval in approvals:
        with pytest.raises(Invalid) as caught:
            carry(work, approval, accounts)
        assert caught.value.code == "board.question-changed"
    # To reject it is what the board can do.
    rejected = decision(KIND, subject_id, result=BoardResult.REJECTED)
    assert carry(work, rejected, accounts).state is ProposalState.CARRIED


def test_other_words_under_a_known_id_can_be_approved(work, accounts):
    # A mistake in between, which nobody could approve, is no obstacle afterwards.
    board_items.register(work, changed({"days": 31}))
    worded = changed({"version": 2, "words": {**WORDS, "ja": WORDS["en"]}})
    subject_id = board_items.register(work, worded)
    done = carry(work, decision(KIND, subject_id), accounts)
    assert done.state is ProposalState.CARRIED


def test_a_text_that_is_not_registered_is_held_against_the_first(work, accounts):
    with pytest.raises(Invalid):
        carry(work, decision(KIND, "steps.mean-8000@0"), accounts)
