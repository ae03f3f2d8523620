"""A *never* holds at the gate from the next request on, whatever was agreed before."""

from functools import partial

import pytest

from consent import instruction_register
from consent.instructions import Stance
from consent.reasons import Reason
from pds.disclosure.call import Refused
from pds.disclosure.errors import Changed
from pds.disclosure.question import Question
from tests.consent.entrusting import instruction

EVERYTHING = instruction(Stance.NEVER, recipient_classes=(), purposes=(), categories=())


def say(party, wish):
    act = partial(instruction_register.save, owner=party.owner, wish=wish)
    return party.world.do(act)


def test_never_after_a_consent_denies_until_it_ends(world):
    party = world.consented()
    assert party.get().status_code == 200

    said = say(party, EVERYTHING)

    answer = party.get()
    assert answer.status_code == 403
    # A recipient is not to learn that there is an instruction (ADR 31).
    assert answer.json["reasons"] == []
    assert "detail" not in answer.json
    reason = Reason.INSTRUCTION_NEVER.value
    assert party.seen()[-1] == ("disclosure:denied", reason, 1)
    world.do(
        lambda work: instruction_register.end(work, party.owner, said.instruction_id)
    )
    assert party.get().status_code == 200


def test_never_of_another_matter_or_person_denies_nothing(world):
    party, other = world.consented(), world.consented()
    say(party, instruction(Stance.NEVER, categories=("health.lab",)))
    say(other, EVERYTHING)

    assert party.get().status_code == 200
    assert other.get().status_code == 403


def test_a_disclosure_in_flight_does_not_commit_after_never(world):
    party = world.consented()
    gate, call = world.bank.disclosure, party.call()
    ready = gate.prepare(call, Question())

    say(party, EVERYTHING)

    with pytest.raises(Changed):
        gate.release(call, ready)
    assert gate.page(party.call(), Question()) == Refused((Reason.INSTRUCTION_NEVER,))
    assert "disclosure:released" not in [kind for kind, *_ in party.seen()]


def test_an_allow_gives_nothing_by_itself(world):
    party = world.consented()
    say(party, instruction())
    party.withdraw()
    assert party.get().status_code in (401, 403)
