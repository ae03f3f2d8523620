"""The entrusted judgement: no give without everything, never wins, it can be rerun."""

import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings

from audit.canonical import canonical
from consent import judgement_record as records
from consent.instructions import Stance
from consent.judgement import (
    Item,
    JudgementOutcome,
    JudgementReason,
    judge,
)
from consent.judgement_words import WORDS
from pds.core.errors import Unavailable
from pds.core.vocabulary import DetailLevel, Sensitivity
from tests.consent.entrusting import (
    BOUNDS,
    FACTS,
    PROPOSAL,
    TERMS,
    facts,
    instruction,
    proposals,
)
from tests.consent.world import DAY, NOW

R, Out = JudgementReason, JudgementOutcome


def terms(**changes):
    return replace(PROPOSAL, terms=replace(TERMS, **changes))


def told(*found):
    return replace(FACTS, instructions=found)


SCENARIOS = [
    (PROPOSAL, FACTS, Out.GIVE, {R.ALLOWED}),
    (PROPOSAL, replace(FACTS, mandate_id=None), Out.ASK, {R.MANDATE_NONE}),
    (PROPOSAL, replace(FACTS, terms_in_force=2), Out.ASK, {R.MANDATE_OUTDATED}),
    (PROPOSAL, replace(FACTS, terms_approved=False), Out.ASK, {R.TERMS_UNDECIDED}),
    (PROPOSAL, replace(FACTS, terms_in_force=0), Out.ASK, {R.TERMS_UNDECIDED}),
    (PROPOSAL, replace(FACTS, adult_from=None), Out.ASK, {R.AGE_UNKNOWN}),
    (PROPOSAL, replace(FACTS, adult_from=date(2026, 11, 24)), Out.ASK, {R.UNDER_AGE}),
    (PROPOSAL, replace(FACTS, adult_from=date(2026, 11, 23)), Out.GIVE, {R.ALLOWED}),
    (PROPOSAL, replace(FACTS, has_agent=True), Out.ASK, {R.AGENT}),
    (PROPOSAL, replace(FACTS, was_answered=True), Out.ASK, {R.ANSWERED}),
    (
        PROPOSAL,
        replace(FACTS, denied=("board.expired",)),
        Out.REFUSE,
        {R.NOT_PERMITTED},
    ),
    (
        replace(PROPOSAL, has_significant_effect=True),
        FACTS,
        Out.ASK,
        {R.SIGNIFICANT},
    ),
    (
        replace(PROPOSAL, items=(Item("health.lab", Sensitivity.SPECIAL_CARE),)),
        FACTS,
        Out.ASK,
        {R.SPECIAL_CARE, R.NOT_ALLOWED},
    ),
    (
        replace(PROPOSAL, items=(Item("location.home", Sensitivity.GENERAL),)),
        FACTS,
        Out.ASK,
        {R.LOCATION, R.NOT_ALLOWED},
    ),
    (replace(PROPOSAL, items=()), FACTS, Out.ASK, {R.SPECIAL_CARE, R.NOT_ALLOWED}),
    (
        replace(PROPOSAL, items=(Item("purchase.receipt", Sensitivity.GENERAL),)),
        told(instruction(categories=("purchase.receipt",))),
        Out.ASK,
        {R.MAY_IMPLY},
    ),
    (
        replace(
            terms(detail=DetailLevel.MONTH),
            items=(Item("purchase.receipt", Sensitivity.GENERAL),),
        ),
        told(instruction(categories=("purchase.receipt",))),
        Out.GIVE,
        {R.ALLOWED},
    ),
    (terms(country="US"), FACTS, Out.ASK, {R.ABROAD, R.BOUND_COUNTRY}),
    (replace(PROPOSAL, established_in="US"), FACTS, Out.ASK, {R.ABROAD}),
    (
        replace(PROPOSAL, processors_in=("JP", "US")),
        FACTS,
        Out.ASK,
        {R.PROCESSOR_ABROAD},
    ),
    (replace(PROPOSAL, processors_in=("JP",)), FACTS, Out.GIVE, {R.ALLOWED}),
    (terms(onward=("other",)), FACTS, Out.ASK, {R.ONWARD}),
    (PROPOSAL, told(), Out.ASK, {R.NOT_ALLOWED}),
    (PROPOSAL, told(instruction(until=NOW)), Out.ASK, {R.NOT_ALLOWED}),
    (
        PROPOSAL,
        told(instruction(bounds=None)),
        Out.ASK,
        set(R)
        & {
            R(f"bound.{name}")
            for name in (
                "sensitivity",
                "detail",
                "window",
                "retention",
                "validity",
                "form",
                "country",
            )
        },
    ),
    (
        PROPOSAL,
        told(instruction(categories=("health.vital",))),
        Out.ASK,
        {R.NOT_ALLOWED},
    ),
    (
        PROPOSAL,
        told(
            instruction(categories=("health.vital",)),
            instruction(number=2, categories=("health.activity.steps",)),
        ),
        Out.GIVE,
        {R.ALLOWED},
    ),
    (
        PROPOSAL,
        told(
            instruction(bounds=replace(BOUNDS, validity_days=1)),
            instruction(number=2),
        ),
        Out.GIVE,
        {R.ALLOWED},
    ),
    (
        PROPOSAL,
        told(instruction(), instruction(Stance.ASK, 2, categories=("health.vital",))),
        Out.ASK,
        {R.INSTRUCTED},
    ),
    (
        PROPOSAL,
        told(instruction(), instruction(Stance.NEVER, 2)),
        Out.REFUSE,
        {R.NEVER},
    ),
]


@pytest.mark.parametrize(("proposal", "known", "outcome", "reasons"), SCENARIOS)
def test_each_reason_is_named_and_nothing_else(proposal, known, outcome, reasons):
    found = judge(proposal, known, NOW)
    assert (found.outcome, set(found.reasons)) == (outcome, reasons)


def test_every_reason_has_its_scenario_and_words():
    seen = {reason for *_, reasons in SCENARIOS for reason in reasons}
    assert seen == set(R) == set(WORDS)
    assert all(set(said) == {"ja", "en"} for said in WORDS.values())


def test_what_was_applied_is_named():
    both = told(instruction(), instruction(Stance.NEVER, 2, version=4))
    found = judge(PROPOSAL, both, NOW)
    assert found.applied == ((UUID(int=1), 1), (UUID(int=2), 4))


@settings(max_examples=60)
@given(proposals(), facts())
def test_nothing_is_given_without_every_axis_and_bound(proposal, known):
    found = judge(proposal, known, NOW)
    if found.outcome is not Out.GIVE:
        assert R.ALLOWED not in found.reasons
        return
    assert found.reasons == (R.ALLOWED,)
    in_force = [each for each in known.instructions if each.is_in_force(NOW)]
    for item in proposal.items:
        assert any(
            each.stance is Stance.ALLOW
            and each.concerns(proposal.counterpart, proposal.terms.purpose)
            and each.covers(item.category)
            and not list(each.bounds.broken(proposal.terms, proposal.sensitivity, NOW))
            for each in in_force
        )
    assert known.mandate_id
    assert known.accepted_terms >= known.terms_in_force > 0
    assert not known.denied
    assert not known.has_agent
    assert not known.was_answered
    handled = {proposal.terms.country, proposal.established_in}
    assert handled | set(proposal.processors_in) == {"JP"}
    assert proposal.sensitivity.level <= 1


@settings(max_examples=60)
@given(proposals(), facts())
def test_never_wins_and_the_order_of_instructions_decides_nothing(proposal, known):
    turned = replace(known, instructions=known.instructions[::-1])
    found = judge(proposal, known, NOW)
    assert judge(proposal, turned, NOW) == found

    never = instruction(
        Stance.NEVER, 99, recipient_classes=(), purposes=(), categories=()
    )
    for place in range(len(known.instructions) + 1):
        held = list(known.instructions)
        held.insert(place, never)
        forbidden = judge(proposal, replace(known, instructions=tuple(held)), NOW)
        assert forbidden.outcome is Out.REFUSE
        # Nothing of the other reasons is lost by it.
        assert set(found.reasons) - {R.ALLOWED} <= set(forbidden.reasons)


@settings(max_examples=40)
@given(proposals(), facts())
def test_a_record_is_read_back_and_comes_out_the_same(proposal, known):
    made = records.make(UUID(int=9), proposal, known, NOW)
    written = records.encode(made)
    read = records.decode(written)

    assert records.encode(read) == written
    assert records.again(read)
    assert read.judgement == made.judgement


def test_a_changed_record_does_not_come_out():
    made = records.make(UUID(int=9), PROPOSAL, FACTS, NOW)
    asked = replace(made.judgement, outcome=Out.ASK)
    assert records.again(made)
    assert not records.again(replace(made, judgement=asked))
    assert not records.again(replace(made, words={"ja": (), "en": ()}))
    assert not records.again(replace(made, rule_version=99))
    assert not records.again(replace(made, facts=replace(FACTS, has_agent=True)))
    assert not records.again(replace(made, at=NOW + 400 * DAY))


def test_a_record_of_a_later_program_is_refused():
    written = records.encode(records.make(UUID(int=9), PROPOSAL, FACTS, NOW))
    with pytest.raises(Unavailable):
        records.decode(canonical(json.loads(written) | {"v": 3}))
