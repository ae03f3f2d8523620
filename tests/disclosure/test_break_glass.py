"""Breaking the glass: only by a card, only for medicine, told, reviewed, bounded."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from consent import board, recipients
from consent.classifying import classify
from consent.facts import BoardSubjectKind, Standing
from consent.oauth.replay import assertion_mark
from consent.reasons import Reason
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId
from pds.disclosure.break_glass import cards, reviews
from pds.disclosure.break_glass.opening import Alarm
from pds.disclosure.break_glass.reviews import EmergencyAccessState
from pds.disclosure.call import Refused, Released
from pds.disclosure.errors import Replayed
from pds.rights import history
from tests.consent.world import CONTRACT, decision

ALLERGY = "health.allergy"
STAFF = AccountId(UUID(int=5))


def switched_on(world):
    owner = world.person(records=0)
    return owner, world.do(lambda work: cards.switch_on(work, owner, (ALLERGY,)))


def alarm(world, organisation, number, **changes):
    bank = world.bank
    name = str(bank.ids.new())
    until = bank.clock.now() + timedelta(minutes=5)
    usual = Alarm(
        recipient_id=organisation.recipient_id,
        client_id=organisation.client_id,
        number=number,
        clinician="Dr. 佐藤",
        reason="Unconscious after an accident.",
        marks=(assertion_mark("c", name, until),),
        address="192.0.2.9",
    )
    return replace(usual, **changes)


def types(world, owner):
    with world.bank.read() as snap:
        found = history.page(
            snap, world.bank.keys, owner, types=history.DISCLOSURES, limit=50
        )
    return [str(each.type) for each in found.happenings]


@pytest.fixture
def hospital(world, monkeypatch):
    """An organisation with everything in force for care, of the medical class."""
    for_care = replace(
        CONTRACT,
        purposes=("health.advice", "health.care"),
        categories=("health.allergy", "health.vital"),
    )
    monkeypatch.setattr("tests.disclosure.world.CONTRACT", for_care)
    found = world.organisation()
    world.do(
        lambda work: classify(
            work, found.recipient_id, "medical", "It is a hospital", actor="operator"
        )
    )
    approved = decision(
        BoardSubjectKind.RECIPIENT,
        found.recipient_id,
        subject_version=2,
        valid_until=world.clock.now() + timedelta(days=90),
    )
    world.do(lambda work: board.decide(work, approved, actor="board"))
    return found


def test_a_card_opens_once_recorded_and_waits_for_review(world, hospital):
    owner, number = switched_on(world)
    answer = world.bank.glass.open(alarm(world, hospital, number))

    assert isinstance(answer, Released), answer
    assert types(world, owner) == ["disclosure:released"]
    with world.bank.read() as snap:
        [used] = reviews.of_owner(snap, world.bank.keys, owner)
    assert used.state is EmergencyAccessState.OPEN
    assert used.clinician == "Dr. 佐藤"


def test_only_medicine_may_and_a_denial_is_recorded(world):
    owner, number = switched_on(world)
    answer = world.bank.glass.open(alarm(world, world.shared, number))

    assert isinstance(answer, Refused)
    assert Reason.GLASS_NOT_MEDICAL in answer.reasons
    assert types(world, owner) == ["disclosure:denied"]


def test_without_a_card_nothing_opens(world, hospital):
    owner, number = switched_on(world)
    world.do(lambda work: cards.switch_off(work, owner))
    for text in (number, "A" * 43, "", "é"):
        with pytest.raises(NotFound):
            world.bank.glass.open(alarm(world, hospital, text))
    assert types(world, owner) == []


def test_an_assertion_opens_once(world, hospital):
    owner, number = switched_on(world)
    call = alarm(world, hospital, number)
    world.bank.glass.open(call)
    with pytest.raises(Replayed):
        world.bank.glass.open(call)
    assert types(world, owner) == ["disclosure:released"]


def test_openings_that_wait_for_review_stop_a_recipient(world, hospital):
    _owner, number = switched_on(world)
    for _n in range(reviews.MOST_OPEN):
        answer = world.bank.glass.open(alarm(world, hospital, number))
        assert isinstance(answer, Released)
    answer = world.bank.glass.open(alarm(world, hospital, number))
    assert isinstance(answer, Refused)
    assert answer.reasons == (Reason.GLASS_UNREVIEWED,)


def test_what_was_unjustified_suspends_the_recipient(world, hospital):
    owner, number = switched_on(world)
    world.bank.glass.open(alarm(world, hospital, number))
    with world.bank.read() as snap:
        [used] = reviews.of_owner(snap, world.bank.keys, owner)

    def judge(work):
        reviews.review(
            work,
            used.access_id,
            EmergencyAccessState.UNJUSTIFIED,
            "Nobody was ill.",
            by=STAFF,
        )

    world.do(judge)

    with world.bank.read() as snap:
        found = recipients.get(snap, hospital.recipient_id)
        [after] = reviews.of_owner(snap, world.bank.keys, owner)
    assert found.standing is Standing.SUSPENDED
    assert after.note == "Nobody was ill."
    with pytest.raises((Conflict, Forbidden)):
        world.do(judge)


@pytest.mark.parametrize(
    "changes", [{"clinician": ""}, {"reason": "short"}, {"reason": "a\nb" * 10}]
)
def test_words_are_needed(world, hospital, changes):
    _owner, number = switched_on(world)
    with pytest.raises(Invalid):
        world.bank.glass.open(alarm(world, hospital, number, **changes))


def test_only_what_saves_life_can_be_chosen(world):
    owner = world.person(records=0)
    for chosen in ((), ("purchase.receipt",), (ALLERGY, "health.sleep")):
        with pytest.raises(Invalid):
            world.do(lambda work, c=chosen: cards.switch_on(work, owner, c))
