"""A change of class: decided on anew, told to whom it concerns, shown before."""

from dataclasses import replace

import pytest

from consent import (
    board,
    class_changes,
    class_history,
    classifying,
    entrusting,
    instruction_register,
    preflight,
)
from consent.class_history import ClassStep
from consent.counterpart import PastClass
from consent.facts import BoardSubjectKind
from consent.instruction_register import InstructionSet
from consent.instructions import Stance
from consent.judgement import JudgementOutcome, JudgementReason
from consent.reasons import Reason
from pds.core.errors import Invalid
from tests.consent.entrusting import instruction
from tests.consent.world import DAY, NOW, PROVISION, RECIPIENT, decision

LATER = NOW + DAY


@pytest.fixture
def later(at):
    return at(LATER)


@pytest.fixture
def never(work, owner, contract_id):
    wish = instruction(Stance.NEVER, recipient_classes=("other",))
    return instruction_register.save(work, owner, wish)


def move(work, to="wellness"):
    classifying.classify(work, RECIPIENT, to, "It sells advice", actor="o")


def test_nothing_is_given_before_the_board_has_decided_anew(later, contract_id):
    move(later)
    found = preflight.check(later, RECIPIENT, PROVISION)
    assert found.reasons == (Reason.BOARD_OTHER_VERSION,)

    decided = decision(BoardSubjectKind.RECIPIENT, RECIPIENT, version=2)
    board.decide(later, decided, actor="board")
    found = preflight.check(later, RECIPIENT, PROVISION)
    assert found.reasons == ()
    assert found.facts.recipient.past_classes == (PastClass("other", LATER),)


def test_the_history_of_classes_is_kept(work, later, contract_id):
    move(later)
    assert class_history.history(later, RECIPIENT) == [
        ClassStep(
            no=2,
            recipient_class="wellness",
            reason="It sells advice",
            actor="o",
            at=LATER,
        ),
        ClassStep(no=1, recipient_class="other", reason="", actor="operator", at=NOW),
    ]
    for reason in ("", " ", "two\nlines"):
        with pytest.raises(Invalid) as caught:
            classifying.classify(later, RECIPIENT, "medical", reason, actor="o")
        assert caught.value.code == "recipient.class_reason"


def test_the_simulation_shows_that_another_class_changes_nothing(
    later, owner, asked, never
):
    everything = instruction_register.current(later, later.keys, owner)
    nothing = InstructionSet(version=0, instructions=())

    def outcomes():
        found = entrusting.simulate(later, later.keys, owner, everything)
        return [each.after.reasons for each in found]

    assert JudgementReason.NEVER in outcomes()[0]
    move(later)
    assert JudgementReason.NEVER in outcomes()[0]
    (without,) = entrusting.simulate(later, later.keys, owner, nothing)
    assert without.before.outcome is JudgementOutcome.REFUSE
    assert JudgementReason.NEVER not in without.after.reasons


def test_who_names_a_class_is_told_what_it_means(at, work, later, owner, never):
    def save(number, stance, name):
        wish = instruction(stance, number, recipient_classes=(name,))
        return instruction_register.save(work, owner, wish)

    allowed = save(2, Stance.ALLOW, "other")
    joined = save(3, Stance.ALLOW, "wellness")
    save(4, Stance.NEVER, "finance")
    held = instruction_register.current(work, work.keys, owner).instructions
    assert class_changes.lately(later, held) == []

    move(later)

    (told,) = class_changes.lately(later, held)
    assert (told.change.before, told.change.after) == ("other", "wellness")
    assert (told.kept, told.lost, told.gained) == ((never,), (allowed,), (joined,))
    alone = replace(never, recipient_classes=(), recipients=(RECIPIENT,))
    assert class_changes.lately(later, [alone]) == []
    assert class_changes.lately(at(LATER + 31 * DAY), held) == []


def test_each_person_is_told_once(later, owner, never):
    move(later)
    change = class_changes.pending(later)
    assert class_changes.instructing(later, None, limit=5) == [owner]
    assert class_changes.instructing(later, owner, limit=5) == []
    before = later.connection.exec_driver_sql("SELECT count(*) FROM log_detail")
    count = before.scalar()

    class_changes.tell(later, change, owner)
    class_changes.tell(later, change, owner)

    after = later.connection.exec_driver_sql("SELECT count(*) FROM log_detail")
    assert after.scalar() == count + 1
    assert class_changes.pending(later).announced_to == owner
    class_changes.finish(later, change)
    assert class_changes.pending(later) is None
