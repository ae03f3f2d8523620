"""Of an objection and the carrying out at the same moment exactly one wins."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from consent import (
    announcing,
    carrying_out,
    judgement_record,
    judgements,
    ledger,
    objection_time,
    service,
)
from consent.announcing import Manner
from consent.judgements import JudgementState
from consent.states import ConsentState
from pds.core.errors import Conflict
from tests.consent.entrusting import FACTS, PROPOSAL
from tests.consent.world import BANK_PARTY, DAY, PROVISION


def announced(world, owner, recipient_id):
    """Announce for a person what no live offer stands behind any more."""
    now = world.clock.now()
    window = replace(PROVISION.window, first=(now - 300 * DAY).date())
    access = replace(PROVISION.access, until=now + 80 * DAY)
    terms = replace(PROVISION, window=window, access=access)

    def act(work):
        step = service.request(work, owner, recipient_id, terms)
        made = judgement_record.make(work.ids.new(), PROPOSAL, FACTS, work.now)
        judgements.keep(
            work,
            owner,
            made,
            JudgementState.ANNOUNCED,
            consent_id=step.consent.consent_id,
            due_at=work.now,
        )
        objection_time.beat(work, UUID(int=1), None, lambda: 0.0)
        return judgements.get(work, owner, made.judgement_id)

    return world.do(act)


def outcome(world, act):
    try:
        world.do(act)
    except Conflict:
        return False
    return True


def test_exactly_one_of_objection_and_carrying_out_wins(world):
    manner = Manner(BANK_PARTY, timedelta(hours=72))
    for _ in range(5):
        owner = world.person(records=0)
        found = announced(world, owner, world.shared.recipient_id)
        acts = (
            lambda work, f=found: announcing.object_to(work, f.owner, f.judgement_id),
            lambda work, f=found: carrying_out.carry_out(work, f, manner),
        )
        with ThreadPoolExecutor(2) as pool:
            won = list(pool.map(lambda act: outcome(world, act), acts))

        assert sorted(won) == [False, True]
        with world.bank.read() as snap:
            kept = judgements.get(snap, owner, found.judgement_id)
            request = ledger.get(snap, owner, found.consent_id)
        objected = (JudgementState.OBJECTED, ConsentState.REFUSED)
        lapsed = (JudgementState.LAPSED, ConsentState.REVOKED)
        assert (kept.state, request.state) == (objected if won[0] else lapsed)
