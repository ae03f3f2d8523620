"""Acts of the entrusted judgement: look, announce, object, carry out (D-06, D-11).

Each is one unit of work that holds the person first, so that an objection and the
carrying out do not both win. Nothing is given at the announcement: it is a request for
consent that waits, which an objection refuses and a second judgement may answer.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from audit.work import Work
from consent import (
    entrusting,
    instruction_register,
    judgement_record,
    judgements,
    ledger,
    mandates,
    notices,
    offers,
    service,
)
from consent.content import Entrusted, Evidence
from consent.facts import OfferState
from consent.judgement import JudgementOutcome
from consent.judgement_record import JudgementRecord
from consent.judgements import JudgementState, KeptJudgement
from consent.notices import BankParty
from consent.offers import Offer
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.states import ConsentState
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import ConsentId, OwnerId, RecipientId

EVERY: Final = timedelta(hours=1)
"""How often the bank looks for new offers for a person."""
BANK: Final = "bank"
"""Actor of what the bank does in a person's place."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the bank entrusts itself with a judgement.

    Attributes:
        party: the bank as notices name it.
        window: time between announcement and carrying out.
        profile: the certification profile in force.
    """

    party: BankParty
    window: timedelta
    profile: CertificationProfile = PROFILE_2_2


def look(work: Work, owner: OwnerId, manner: Manner) -> int:
    """Judge live offers that were not judged on these instructions; return how many.

    Raises:
        Forbidden: `accounts.closed`.
    """
    require_in_use(work, owner)
    judged = 0
    for offer in entrusting.live_offers(work):
        if not _is_known(work, owner, offer):
            judged += _judge(work, owner, offer, manner)
    instruction_register.look_again(work, owner, work.now + EVERY)
    return judged


def _is_known(work: Work, owner: OwnerId, offer: Offer) -> bool:
    last = judgements.last(work, owner, offer.offer_id)
    if last is None:
        return False
    if last.state is not JudgementState.TOLD and last.state is not (
        JudgementState.LAPSED
    ):
        return True
    held = instruction_register.current(work, work.keys, owner)
    mandate = mandates.standing(work, owner)
    accepted = mandate.terms_version if mandate else 0
    now = (offer.version, held.version, accepted)
    return (last.offer_version, last.set_version, last.terms_version) == now


def _judge(work: Work, owner: OwnerId, offer: Offer, manner: Manner) -> int:
    proposed = entrusting.proposal(work, offer)
    known = entrusting.facts(work, work.keys, owner, proposed, profile=manner.profile)
    made = judgement_record.make(work.ids.new(), proposed, known, work.now)
    if not made.judgement.applied:
        # No instruction bears on it, so nothing was judged in the person's place.
        return 0
    if made.judgement.outcome is JudgementOutcome.GIVE:
        _announce(work, owner, made, manner)
    else:
        judgements.keep(work, owner, made, JudgementState.TOLD)
    return 1


def _announce(
    work: Work, owner: OwnerId, made: JudgementRecord, manner: Manner
) -> None:
    proposed = made.proposal
    step = service.request(
        work,
        owner,
        RecipientId(proposed.recipient_id),
        proposed.terms,
        profile=manner.profile,
    )
    judgements.keep(
        work,
        owner,
        made,
        JudgementState.ANNOUNCED,
        consent_id=step.consent.consent_id,
        due_at=work.now + manner.window,
    )


def object_to(work: Work, owner: OwnerId, judgement_id: UUID) -> JudgementState:
    """Stop what was announced: the person's act, without a reason (D-11).

    It ends what the bank was going to give. Where the person has answered meanwhile,
    there is nothing to stop and the answer stays; the announcement has lapsed then.

    Raises:
        NotFound: `judgement.unknown`.
        Conflict: `judgement.settled`.
    """
    require_in_use(work, owner)
    found = judgements.get(work, owner, judgement_id)
    is_open = is_asked(work, found)
    state = JudgementState.OBJECTED if is_open else JudgementState.LAPSED
    judgements.settle(work, found, state, actor=service.PERSON)
    if is_open:
        service.refuse(work, owner, _request(found))
    return state


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
    if present.due_at is None or work.now < present.due_at:
        raise Conflict("judgement.not-due", "The person can still object.")
    offer = _offer(work, present)
    if offer is None or not is_asked(work, present):
        return _lapse(work, present)
    return _judge_again(work, present, offer, manner)


def _judge_again(
    work: Work, found: KeptJudgement, offer: Offer, manner: Manner
) -> JudgementState:
    owner, request = found.owner, _request(found)
    asked = judgements.opened(work, work.keys, found).proposal.terms
    # The window is that of now, so that waiting adds no older days.
    terms = replace(asked, window=offer.instance(work.now).window)
    proposed = replace(entrusting.proposal(work, offer), terms=terms)
    known = entrusting.facts(
        work, work.keys, owner, proposed, but=request, profile=manner.profile
    )
    made = judgement_record.make(work.ids.new(), proposed, known, work.now)
    gives = made.judgement.outcome is JudgementOutcome.GIVE
    judgements.keep(
        work,
        owner,
        made,
        JudgementState.GIVEN if gives else JudgementState.TOLD,
        consent_id=request,
        follows=found.judgement_id,
    )
    if not gives:
        return _lapse(work, found)
    judgements.settle(work, found, JudgementState.GIVEN, actor=BANK)
    recipient_id = RecipientId(proposed.recipient_id)
    shown = notices.of_now(work, recipient_id, asked, manner.party)
    notice = notices.keep(work, shown)
    service.give(
        work,
        owner,
        request,
        terms,
        notice=notice,
        evidence=_evidence(work, owner, made),
        profile=manner.profile,
        actor=BANK,
    )
    return JudgementState.GIVEN


def lapse_all(work: Work, owner: OwnerId) -> int:
    """Let everything lapse that waits for its time, as when the mandate ends."""
    waiting = judgements.waiting(work, owner)
    for each in waiting:
        _lapse(work, each)
    return len(waiting)


def given(work: Work, owner: OwnerId) -> list[ConsentId]:
    """Return consents in force that the bank gave in the person's place."""
    states = (ConsentState.GIVEN, ConsentState.PAUSED)
    return [
        each.consent_id
        for each in ledger.every(work, owner, states=states)
        if ledger.was_entrusted(work, owner, each.consent_id)
    ]


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's instructions and judgements, for erasure."""
    instruction_register.forget(work, owner)
    judgements.forget(work, owner)


def _lapse(work: Work, found: KeptJudgement) -> JudgementState:
    judgements.settle(work, found, JudgementState.LAPSED, actor=BANK)
    request = _request(found)
    with suppress(Conflict, NotFound):
        # What the person has answered meanwhile is theirs, and stays.
        if ledger.get(work, found.owner, request).state is ConsentState.REQUESTED:
            reason = f"judgement.{JudgementState.LAPSED.value}"
            service.revoke(work, found.owner, request, actor=BANK, reason=reason)
    return JudgementState.LAPSED


def _offer(work: Work, found: KeptJudgement) -> Offer | None:
    with suppress(NotFound):
        offer = offers.get(work, found.offer_id)
        if offer.state is OfferState.LIVE and offer.version == found.offer_version:
            return offer
    return None


def stoppable(snap: Snapshot, owner: OwnerId) -> list[KeptJudgement]:
    """Return what the bank is going to give unless the person objects, newest first."""
    return [each for each in judgements.waiting(snap, owner) if is_asked(snap, each)]


def is_asked(snap: Snapshot, found: KeptJudgement) -> bool:
    """Say whether the request that announces it still waits for an answer."""
    current = ledger.get(snap, found.owner, _request(found))
    return current.state is ConsentState.REQUESTED and snap.now < current.expires_at


def _request(found: KeptJudgement) -> ConsentId:
    if found.consent_id is None:
        raise NotFound("judgement.unknown", "Nothing was announced.")
    return found.consent_id


def _evidence(work: Work, owner: OwnerId, made: JudgementRecord) -> Evidence:
    """Return how it is known that the person entrusted it: the acceptance, the record.

    Raises:
        Conflict: `mandate.none`; what was judged cannot be without one.
    """
    mandate, adult_from = mandates.standing(work, owner), made.facts.adult_from
    if mandate is None or adult_from is None:
        raise Conflict("mandate.none", "No mandate stands.")
    accepted = mandates.history(work, work.keys, owner, mandate.mandate_id)[-1]
    return Evidence(
        auth_time=accepted.auth_time or accepted.at,
        acr=accepted.acr,
        amr=accepted.amr,
        language=accepted.language,
        adult_from=adult_from,
        entrusted=Entrusted(
            judgement_id=made.judgement_id,
            record=judgement_record.encode(made).decode(),
        ),
    )
