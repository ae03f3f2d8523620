"""Carries out what was announced, or lets it lapse and announces it anew (D-06, D-11).

The bank judges a second time, on the facts of now. It gives only what was announced
(`consent.announced_terms`): under other words, or by another class, contract, decision
or instruction, it lapses and the person is told anew, with the whole time to object::

    announced ─► not to be given any more ─► lapsed, told
              ├► another than was told ─► lapsed, announced anew
              └► the same ─► given
"""

from contextlib import suppress
from dataclasses import replace

from audit.work import Work
from consent import (
    announced_terms,
    announcing,
    entrusted_evidence,
    entrusting,
    judgement_record,
    judgements,
    notices,
    objection_window,
    offers,
    recipients,
    service,
)
from consent.announcing import Manner
from consent.facts import OfferState
from consent.judgement import JudgementOutcome
from consent.judgement_record import JudgementRecord
from consent.judgements import JudgementState, KeptJudgement
from consent.offers import Offer
from pds.accounts.in_use import require_in_use
from pds.core.errors import Conflict, NotFound


def carry_out(work: Work, found: KeptJudgement, manner: Manner) -> JudgementState:
    """Judge what was announced again, on the facts of now; give only if it still holds.

    Raises:
        Forbidden: `accounts.closed`.
        Conflict: `judgement.settled`, or `judgement.not-due`.
    """
    owner = found.owner
    require_in_use(work, owner)
    present = judgements.get(work, owner, found.judgement_id)
    if not present.waits:
        raise Conflict("judgement.settled", "It is settled already.")
    if not objection_window.is_over(work, present):
        raise Conflict("judgement.not-due", "The person can still object.")
    offer = _offer(work, present)
    if offer is None or not announcing.is_asked(work, present):
        return announcing.lapse(work, present)
    return _judge_again(work, present, offer, manner)


def _judge_again(
    work: Work, found: KeptJudgement, offer: Offer, manner: Manner
) -> JudgementState:
    recipients.hold(work, offer.recipient_id)
    announced = judgements.opened(work, work.keys, found)
    made = _of_now(work, found, announced, offer, manner)
    if made.judgement.outcome is not JudgementOutcome.GIVE:
        _follow(work, found, made, JudgementState.TOLD)
        return announcing.lapse(work, found)
    if not announced_terms.still_hold(announced, made):
        announcing.lapse(work, found)
        announcing.judge_offer(
            work, found.owner, offer, manner, follows=found.judgement_id
        )
        return JudgementState.LAPSED
    _follow(work, found, made, JudgementState.GIVEN)
    _give(work, found, made, manner)
    return JudgementState.GIVEN


def _of_now(
    work: Work,
    found: KeptJudgement,
    announced: JudgementRecord,
    offer: Offer,
    manner: Manner,
) -> JudgementRecord:
    """Judge what was announced on the facts of now, with the notice of now."""
    asked = announced.proposal.terms
    # The window is that of now, so that waiting adds no older days.
    terms = replace(asked, window=offer.instance(work.now).window)
    proposed = replace(entrusting.proposal(work, offer), terms=terms)
    known = entrusting.facts(
        work,
        work.keys,
        found.owner,
        proposed,
        but=announcing.request_of(found),
        profile=manner.profile,
    )
    notice = notices.of_now(work, offer.recipient_id, asked, manner.party).hash
    return judgement_record.make(
        work.ids.new(), proposed, known, work.now, notice=notice
    )


def _follow(
    work: Work, found: KeptJudgement, made: JudgementRecord, state: JudgementState
) -> None:
    told = made if state is JudgementState.GIVEN else replace(made, notice=None)
    judgements.keep(
        work,
        found.owner,
        told,
        state,
        consent_id=announcing.request_of(found),
        follows=found.judgement_id,
    )


def _give(
    work: Work, found: KeptJudgement, made: JudgementRecord, manner: Manner
) -> None:
    judgements.settle(work, found, JudgementState.GIVEN, actor=announcing.BANK)
    service.give(
        work,
        found.owner,
        announcing.request_of(found),
        made.proposal.terms,
        notice=made.notice or b"",
        evidence=entrusted_evidence.of(work, found.owner, made),
        profile=manner.profile,
        actor=announcing.BANK,
    )


def _offer(work: Work, found: KeptJudgement) -> Offer | None:
    with suppress(NotFound):
        offer = offers.get(work, found.offer_id)
        if offer.state is OfferState.LIVE and offer.version == found.offer_version:
            return offer
    return None
