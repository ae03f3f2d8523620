"""Acts of the entrusted judgement: look, announce, object, lapse (D-06, D-11).

Each is one unit of work that holds the person first, so that an objection and the
carrying out (`consent.carrying_out`) do not both win. Nothing is given at the
announcement: it is a request for consent that waits, which an objection refuses and a
second judgement may answer. The notice that tells of it is kept, and the record names
it.
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
    judgement_telling,
    judgements,
    ledger,
    mandates,
    notices,
    recipients,
    service,
)
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
        if not _is_known(work, owner, offer, manner.profile):
            judged += judge_offer(work, owner, offer, manner)
    instruction_register.look_again(work, owner, work.now + EVERY)
    return judged


def _is_known(
    work: Work, owner: OwnerId, offer: Offer, profile: CertificationProfile
) -> bool:
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
    if (last.offer_version, last.set_version, last.terms_version) != now:
        return False
    told = judgements.opened(work, work.keys, last)
    return not _is_recipient_another(work, owner, offer, told, profile)


def _is_recipient_another(
    work: Work,
    owner: OwnerId,
    offer: Offer,
    told: JudgementRecord,
    profile: CertificationProfile,
) -> bool:
    """Say whether the recipient has another class, or is stopped by nothing any more.

    After a change of class the board decides anew: until then every judgement says
    that it may not be given, and the one of afterwards has to be made.
    """
    proposed = entrusting.proposal(work, offer)
    if proposed.counterpart != told.proposal.counterpart:
        return True
    if not told.facts.denied:
        return False
    known = entrusting.facts(work, work.keys, owner, proposed, profile=profile)
    return not known.denied


def judge_offer(
    work: Work,
    owner: OwnerId,
    offer: Offer,
    manner: Manner,
    *,
    follows: UUID | None = None,
) -> int:
    """Judge an offer for a person; announce it, or tell that nothing is given.

    Args:
        work: one unit of work that holds the person.
        owner: the person.
        offer: a live offer.
        manner: how the bank judges.
        follows: the announcement in whose place this one comes.

    Returns:
        1, or 0 if no instruction bears on the offer, so that nothing was judged.
    """
    proposed = entrusting.proposal(work, offer)
    known = entrusting.facts(work, work.keys, owner, proposed, profile=manner.profile)
    made = judgement_record.make(work.ids.new(), proposed, known, work.now)
    if not made.judgement.applied:
        # No instruction bears on it, so nothing was judged in the person's place.
        return 0
    if made.judgement.outcome is JudgementOutcome.GIVE:
        _announce(work, owner, made, manner, follows)
    else:
        judgements.keep(work, owner, made, JudgementState.TOLD, follows=follows)
    if made.judgement.outcome is JudgementOutcome.ASK:
        judgement_telling.asks(work, owner, made)
    return 1


def _announce(
    work: Work,
    owner: OwnerId,
    made: JudgementRecord,
    manner: Manner,
    follows: UUID | None,
) -> None:
    terms, recipient_id = made.proposal.terms, RecipientId(made.proposal.recipient_id)
    recipients.hold(work, recipient_id)
    step = service.request(work, owner, recipient_id, terms, profile=manner.profile)
    notice = notices.keep(work, notices.of_now(work, recipient_id, terms, manner.party))
    due_at = work.now + manner.window
    judgements.keep(
        work,
        owner,
        replace(made, notice=notice),
        JudgementState.ANNOUNCED,
        consent_id=step.consent.consent_id,
        follows=follows,
        due_at=due_at,
    )
    judgement_telling.announced(work, owner, made, due_at)


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
        service.refuse(work, owner, request_of(found))
    return state


def lapse_all(work: Work, owner: OwnerId) -> int:
    """Let everything lapse that waits for its time, as when the mandate ends."""
    waiting = judgements.waiting(work, owner)
    for each in waiting:
        lapse(work, each)
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


def lapse(work: Work, found: KeptJudgement) -> JudgementState:
    """Let an announcement lapse, and end its request unless the person answered it.

    Raises:
        Conflict: `judgement.settled`.
    """
    judgements.settle(work, found, JudgementState.LAPSED, actor=BANK)
    request = request_of(found)
    with suppress(Conflict, NotFound):
        # What the person has answered meanwhile is theirs, and stays.
        if ledger.get(work, found.owner, request).state is ConsentState.REQUESTED:
            reason = f"judgement.{JudgementState.LAPSED.value}"
            service.revoke(work, found.owner, request, actor=BANK, reason=reason)
    return JudgementState.LAPSED


def stoppable(snap: Snapshot, owner: OwnerId) -> list[KeptJudgement]:
    """Return what the bank is going to give unless the person objects, newest first."""
    return [each for each in judgements.waiting(snap, owner) if is_asked(snap, each)]


def is_asked(snap: Snapshot, found: KeptJudgement) -> bool:
    """Say whether the request that announces it still waits for an answer."""
    current = ledger.get(snap, found.owner, request_of(found))
    return current.state is ConsentState.REQUESTED and snap.now < current.expires_at


def request_of(found: KeptJudgement) -> ConsentId:
    """Return the request that announces it; NotFound `judgement.unknown` if none."""
    if found.consent_id is None:
        raise NotFound("judgement.unknown", "Nothing was announced.")
    return found.consent_id
