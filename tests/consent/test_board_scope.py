"""What makes special-care health data go needs the eye of medicine (X-05)."""

import pytest

from consent import board_scope, board_vocabulary
from consent.board_proposals import ProposalState
from consent.board_rule import MemberField
from consent.facts import BoardSubjectKind
from pds.core.vocabulary import Sensitivity, categories, questions
from tests.board import FIELDS, carry, seat
from tests.consent.world import decision

KIND = BoardSubjectKind
SPECIAL = Sensitivity.SPECIAL_CARE


@pytest.mark.parametrize("name", questions.ALL)
def test_a_question_counts_by_what_it_reads(work, name):
    reads = categories.get(questions.get(name).category)
    text = board_vocabulary.question_ids()[name]
    found = board_scope.is_medical(work, KIND.QUESTION, text)

    assert found == (reads.sensitivity is SPECIAL and reads.id.startswith("health."))


def test_lists_of_the_vocabulary_count_by_what_they_name(work):
    found = {
        name: board_scope.is_medical(work, KIND.VOCABULARY, subject_id)
        for name, subject_id in board_vocabulary.list_ids().items()
    }

    assert found == {"categories": True, "elements": True, "forbidden-purposes": False}


@pytest.mark.parametrize("kind", sorted(board_scope.CONCERNED))
def test_what_cannot_be_found_needs_it(work, kind):
    unknown = "no.such@0" if kind is not KIND.CONTRACT else "no uuid"
    assert board_scope.is_medical(work, kind, unknown)


def test_a_question_about_special_care_waits_for_the_medical_vote(work):
    accounts = seat(work, (*FIELDS, MemberField.MEDICAL))
    text = board_vocabulary.question_ids()["checkup.within-a-year"]
    plain = board_vocabulary.question_ids()["steps.mean-8000"]

    waiting = carry(work, decision(KIND.QUESTION, text), accounts[:3])
    made = carry(work, decision(KIND.QUESTION, plain), accounts[:3])

    assert waiting.state is ProposalState.OPEN
    assert made.state is ProposalState.CARRIED
