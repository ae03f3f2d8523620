"""Collects by value what an entrusted judgement is made on; reads, and decides nothing.

`proposal` says what an offer would be for this person now, `facts` what is known of
person and recipient. `simulate` shows what instructions would do to live offers and to
what recipients asked lately, before they are saved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from consent import (
    classifying,
    instruction_register,
    ledger,
    mandate_terms,
    mandates,
    notices,
    offers,
    preflight,
    processors,
    recipients,
)
from consent.facts import OfferState
from consent.instruction_register import InstructionSet
from consent.instructions import forbids
from consent.judgement import Item, Judgement, JudgementFacts, Proposal, judge
from consent.offers import Offer
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.states import ConsentState
from consent.terms import DataProvision
from pds.accounts import service as accounts
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentScope, AgentState
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.core.vocabulary import categories, purposes
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

LOOKED_BACK: Final = timedelta(days=30)
"""How far back requests of recipients are simulated."""
MOST: Final = 200
"""Live offers that are looked at for one person."""
_ANSWERED: Final = frozenset(
    {
        ConsentState.REQUESTED,
        ConsentState.DEFERRED,
        ConsentState.GIVEN,
        ConsentState.PAUSED,
        ConsentState.REFUSED,
        ConsentState.WITHDRAWN,
    }
)


def live_offers(snap: Snapshot) -> list[Offer]:
    """Return the offers that could be agreed to now, newest first."""
    found = [each for each in offers.every(snap) if each.state is OfferState.LIVE]
    return found[:MOST]


def proposal(snap: Snapshot, offer: Offer) -> Proposal:
    """Return an offer as it would be agreed to now."""
    return _proposal(
        snap,
        offer.offer_id,
        offer.version,
        offer.recipient_id,
        offer.instance(snap.now),
    )


def _proposal(
    snap: Snapshot,
    offer_id: UUID,
    version: int,
    recipient_id: RecipientId,
    terms: DataProvision,
) -> Proposal:
    purpose = purposes.ALL.get(terms.purpose)
    who = classifying.counterpart(snap, recipient_id)
    return Proposal(
        offer_id=offer_id,
        offer_version=version,
        recipient_id=recipient_id,
        recipient_class=who.recipient_class,
        past_classes=who.past,
        established_in=recipients.get(snap, recipient_id).profile.country,
        processors_in=_processors_in(snap, recipient_id, terms),
        terms=terms,
        items=tuple(
            Item(each.id, each.sensitivity)
            for each in categories.expand(terms.categories)
        ),
        # What is not known any more is treated with the greater care.
        has_significant_effect=purpose is None or purpose.has_significant_effect,
    )


def _processors_in(
    snap: Snapshot, recipient_id: RecipientId, terms: DataProvision
) -> tuple[str, ...]:
    known = processors.in_force(snap, recipient_id)
    return tuple(sorted({each.country for each in notices.touching(known, terms)}))


def facts(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    proposed: Proposal,
    *,
    but: ConsentId | None = None,
    profile: CertificationProfile = PROFILE_2_2,
) -> JudgementFacts:
    """Return everything that a judgement about a proposal is made on.

    Args:
        snap: one consistent state.
        keys: opens instructions and consents.
        owner: the person.
        proposed: what is judged.
        but: the request that announced it, which is no answer of the person.
        profile: the certification profile in force.

    Raises:
        KeyUnavailable: the account was erased.
    """
    found = preflight.check(
        snap, RecipientId(proposed.recipient_id), proposed.terms, profile=profile
    )
    contract = found.facts.contract
    known = _of_person(snap, keys, owner)
    return replace(
        known,
        was_answered=_was_answered(snap, keys, owner, proposed, but),
        denied=tuple(each.value for each in found.reasons),
        contract_id=contract.contract_id if contract else None,
        contract_version=contract.version if contract else 0,
        board_decisions=tuple(
            each.decision_id for each in found.facts.board if each.decision_id
        ),
        profile=profile.id,
    )


def _of_person(snap: Snapshot, keys: Keyring, owner: OwnerId) -> JudgementFacts:
    mandate, terms = mandates.standing(snap, owner), mandate_terms.in_force(snap)
    held = instruction_register.current(snap, keys, owner)
    return JudgementFacts(
        mandate_id=mandate.mandate_id if mandate else None,
        accepted_terms=mandate.terms_version if mandate else 0,
        terms_in_force=terms.version if terms else 0,
        terms_approved=terms is not None
        and mandate_terms.is_approved(snap, terms.version),
        instructions=held.instructions,
        adult_from=accounts.adult_from(snap, keys, owner),
        has_agent=_has_agent(snap, owner),
        was_answered=False,
        vocabulary=categories.VERSION,
        set_version=held.version,
    )


def _has_agent(snap: Snapshot, owner: OwnerId) -> bool:
    return any(
        link.state is AgentState.ACTIVE
        and snap.now < link.until
        and AgentScope.CONSENTS in link.scopes
        for link in links.of_owner(snap, owner)
    )


def _was_answered(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    proposed: Proposal,
    but: ConsentId | None,
) -> bool:
    for each in ledger.every(snap, owner, states=tuple(_ANSWERED)):
        if each.recipient_id != proposed.recipient_id or each.consent_id == but:
            continue
        try:
            said = ledger.terms(snap, keys, each).provision
        except KeyUnavailable:
            return True
        if said is not None and said.offer_id == proposed.offer_id:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would be judged of one proposal, before and after.

    Attributes:
        title: of an offer by language; empty for a recipient's own request.
        proposal: what was or would be asked.
        before: by the instructions that hold now.
        after: by those that are tried.
    """

    title: dict[str, str]
    proposal: Proposal
    before: Judgement
    after: Judgement

    @property
    def changes(self) -> bool:
        """Whether the instructions that are tried make a difference."""
        return self.before.outcome is not self.after.outcome


def simulate(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    tried: InstructionSet,
    *,
    profile: CertificationProfile = PROFILE_2_2,
) -> list[Simulated]:
    """Judge live offers and lately asked terms by instructions that are not saved.

    Raises:
        KeyUnavailable: the account was erased.
    """
    found = []
    for title, proposed, but in _proposals(snap, keys, owner):
        known = facts(snap, keys, owner, proposed, but=but, profile=profile)
        asked = replace(known, was_answered=False)
        after = replace(asked, instructions=tried.instructions)
        found.append(
            Simulated(
                title,
                proposed,
                judge(proposed, asked, snap.now),
                judge(proposed, after, snap.now),
            )
        )
    return found


def _proposals(
    snap: Snapshot, keys: Keyring, owner: OwnerId
) -> Iterator[tuple[dict[str, str], Proposal, ConsentId | None]]:
    seen = set()
    for offer in live_offers(snap):
        seen.add(offer.offer_id)
        title = {"ja": offer.template.title_ja, "en": offer.template.title_en}
        yield title, proposal(snap, offer), None
    for each in ledger.every(snap, owner):
        if snap.now - each.changed_at > LOOKED_BACK:
            continue
        try:
            terms = ledger.terms(snap, keys, each).provision
        except KeyUnavailable:
            continue
        if terms is not None and terms.offer_id not in seen:
            number = terms.offer_id or each.consent_id
            made = _proposal(snap, number, 0, each.recipient_id, terms)
            yield {}, made, each.consent_id


def touched(
    snap: Snapshot, keys: Keyring, owner: OwnerId, tried: InstructionSet
) -> list[ConsentId]:
    """Return consents in force that a *never* among the instructions would stop."""
    states = (ConsentState.GIVEN, ConsentState.PAUSED)
    found = []
    for each in ledger.every(snap, owner, states=states):
        terms = ledger.terms(snap, keys, each).provision
        if terms is None:
            continue
        made = _proposal(snap, each.consent_id, 0, each.recipient_id, terms)
        if _is_forbidden(snap, made, tried):
            found.append(each.consent_id)
    return found


def _is_forbidden(snap: Snapshot, made: Proposal, tried: InstructionSet) -> bool:
    names = [item.category for item in made.items]
    who, purpose = made.counterpart, made.terms.purpose
    return bool(forbids(tried.instructions, who, purpose, names, snap.now))
