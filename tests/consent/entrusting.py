"""Values and hypothesis strategies for instructions and judgements."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import strategies as st

from consent.counterpart import PastClass
from consent.instructions import Bounds, Stance, StandingInstruction
from consent.judgement import Item, JudgementFacts, Proposal
from consent.terms import ProvisionForm
from pds.core.vocabulary import (
    DetailLevel,
    Sensitivity,
    categories,
    purposes,
    recipient_classes,
)
from tests.consent.strategies import PREFIXES, no_overlap
from tests.consent.world import DAY, NOW, PROVISION

OFFER = UUID(int=77)
BOUNDS = Bounds(
    sensitivity=Sensitivity.HEALTH_GENERAL,
    detail=DetailLevel.RECORD,
    window_days=400,
    retention_days=200,
    validity_days=100,
    forms=(ProvisionForm.COPY,),
    countries=("JP",),
)
TERMS = replace(PROVISION, offer_id=OFFER)
ITEMS = tuple(
    Item(each.id, each.sensitivity) for each in categories.expand(TERMS.categories)
)
PROPOSAL = Proposal(
    offer_id=OFFER,
    offer_version=1,
    recipient_id="hikari-health",
    recipient_class="wellness",
    terms=TERMS,
    items=ITEMS,
    has_significant_effect=False,
)


def instruction(stance=Stance.ALLOW, number=1, **changes):
    allows = stance is Stance.ALLOW
    made = StandingInstruction(
        instruction_id=UUID(int=number),
        version=1,
        stance=stance,
        recipient_classes=("wellness",),
        recipients=(),
        purposes=("health.advice",),
        categories=("health.activity.steps", "health.vital"),
        vocabulary=categories.VERSION,
        made_at=NOW - DAY,
        bounds=BOUNDS if allows else None,
        until=NOW + 300 * DAY if allows else None,
    )
    return replace(made, **changes)


FACTS = JudgementFacts(
    mandate_id=UUID(int=5),
    accepted_terms=1,
    terms_in_force=1,
    terms_approved=True,
    instructions=(instruction(),),
    adult_from=date(2008, 4, 1),
    has_agent=False,
    was_answered=False,
    contract_id=UUID(int=6),
    contract_version=1,
    board_decisions=(UUID(int=7),),
    profile="2.2",
    vocabulary=categories.VERSION,
    set_version=3,
)


def some(values, *, least=0):
    chosen = st.lists(st.sampled_from(sorted(values)), min_size=least, max_size=4)
    return chosen.map(lambda found: tuple(sorted(set(found))))


bounds = st.builds(
    Bounds,
    sensitivity=st.sampled_from(list(Sensitivity)[:2]),
    detail=st.sampled_from(list(DetailLevel)[:3]),
    window_days=st.sampled_from([0, 100, 400, 4000]),
    retention_days=st.sampled_from([0, 100, 400]),
    validity_days=st.sampled_from([1, 90, 365]),
    forms=st.sampled_from([(ProvisionForm.COPY,), (ProvisionForm.VIEW_ONLY,)]),
    countries=st.just(("JP",)),
)
_near = st.sampled_from(
    [(), ("health",), ("health.vital",), ("health.activity",), ("health.sleep",)]
)


@st.composite
def instructions(draw, stances=tuple(Stance)):
    stance = draw(st.sampled_from(stances))
    return StandingInstruction(
        instruction_id=draw(st.uuids()),
        version=draw(st.integers(1, 3)),
        stance=stance,
        recipient_classes=draw(st.just(("wellness",)) | some(recipient_classes.ALL)),
        recipients=draw(st.just(()) | st.just(("hikari-health",))),
        purposes=draw(st.just(("health.advice",)) | some(purposes.ALL)),
        categories=draw(_near | some(PREFIXES).map(no_overlap)),
        vocabulary=draw(st.sampled_from([0, categories.VERSION])),
        made_at=NOW - DAY,
        bounds=draw(st.just(BOUNDS) | bounds | st.none()),
        until=draw(st.sampled_from([None, NOW, NOW + DAY, NOW + 300 * DAY])),
    )


sets = st.lists(instructions(), max_size=6, unique_by=lambda i: i.instruction_id)


@st.composite
def facts(draw):
    return replace(
        FACTS,
        instructions=tuple(draw(sets)),
        mandate_id=draw(st.just(FACTS.mandate_id) | st.none()),
        accepted_terms=draw(st.sampled_from([1, 1, 0])),
        terms_in_force=draw(st.sampled_from([1, 1, 0, 2])),
        terms_approved=draw(st.sampled_from([True, True, False])),
        adult_from=draw(
            st.sampled_from([FACTS.adult_from, None, (NOW + 2 * DAY).date()])
        ),
        has_agent=draw(st.sampled_from([False, False, True])),
        was_answered=draw(st.sampled_from([False, False, True])),
        denied=draw(st.sampled_from([(), (), ("board.expired",)])),
    )


@st.composite
def proposals(draw):
    chosen = draw(
        st.sampled_from(
            [
                ("health.vital",),
                ("health.activity.steps",),
                ("health.lab",),
                ("health.activity", "health.vital"),
                ("purchase.receipt",),
            ]
        )
    )
    terms = replace(
        TERMS,
        categories=chosen,
        purpose=draw(st.sampled_from(["health.advice", "insurance.assessment"])),
        country=draw(st.sampled_from(["JP", "JP", "US"])),
        onward=draw(st.sampled_from([(), (), ("other",)])),
        access=replace(
            TERMS.access, until=NOW + timedelta(days=draw(st.integers(1, 400)))
        ),
    )
    return replace(
        PROPOSAL,
        terms=terms,
        items=tuple(
            Item(each.id, each.sensitivity) for each in categories.expand(chosen)
        ),
        has_significant_effect=purposes.get(terms.purpose).has_significant_effect,
        past_classes=draw(st.sampled_from([(), (PastClass("insurer", NOW),)])),
        established_in=draw(st.sampled_from(["JP", "JP", "US"])),
        processors_in=draw(st.sampled_from([(), ("JP",), ("JP", "US")])),
    )
