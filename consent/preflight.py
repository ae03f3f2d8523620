"""Asks, before a person is bothered, whether terms could be given at all.

The same gates as at a disclosure are asked about the recipient's side, so that nobody
is shown a request that would then be refused for reasons that are not theirs. Beyond
that the screens on which a person decides need the board's approval in their very text.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from consent import (
    asking,
    board_facts,
    contracts,
    gates,
    instruction_register,
    live_texts,
    recipient_facts,
    recipient_gates,
)
from consent.content import Agreement, Evidence
from consent.engine import RULE_VERSION
from consent.facts import (
    ConsentFacts,
    DisclosureRequest,
    Facts,
    PersonFacts,
)
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.reasons import Reason
from consent.states import ConsentState
from consent.terms import DataProvision
from consent.texts import SAME_TEXTS
from pds.core.database import Snapshot
from pds.core.errors import Forbidden
from pds.core.ids import OwnerId, RecipientId
from pds.core.vocabulary import categories
from pds.keys.keyring import Keyring

LOGIN_AGE = timedelta(minutes=5)
"""How fresh the login before a yes must be."""
_SKEW = timedelta(seconds=5)
_NOBODY = UUID(int=0)
_GATES = (
    gates.consent,
    recipient_gates.recipient,
    recipient_gates.duty,
    recipient_gates.mode,
    recipient_gates.contract,
    recipient_gates.contract_extent,
    recipient_gates.country,
    recipient_gates.established,
    recipient_gates.certificate,
    gates.board,
    gates.offer,
    asking.question,
    gates.ceilings,
    gates.profile,
)


class NotPermitted(Forbidden):
    """The rules do not allow these terms.

    Attributes:
        reasons: every reason, in the order of the register.
    """

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("consent.not-permitted", " ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found.

    Attributes:
        reasons: why the terms could not be given; empty if they could.
        facts: the recipient's side as it stands.
    """

    reasons: tuple[Reason, ...]
    facts: Facts


def check(
    snap: Snapshot,
    recipient_id: RecipientId,
    provision: DataProvision,
    *,
    profile: CertificationProfile = PROFILE_2_2,
) -> Preflight:
    """Ask the gates of the recipient's side about terms that nobody has agreed to."""
    facts = _suppose(snap, recipient_id, provision, profile)
    request = DisclosureRequest(recipient_id=recipient_id, form=provision.form)
    found = {reason for gate in _GATES for reason in gate(request, facts, snap.now)}
    return Preflight(tuple(reason for reason in Reason if reason in found), facts)


def require(
    snap: Snapshot,
    recipient_id: RecipientId,
    provision: DataProvision,
    *,
    profile: CertificationProfile = PROFILE_2_2,
) -> Facts:
    """Return the facts if the terms could be given.

    Raises:
        NotPermitted: with every reason.
    """
    found = check(snap, recipient_id, provision, profile=profile)
    if found.reasons:
        raise NotPermitted(found.reasons)
    return found.facts


def require_not_forbidden(
    snap: Snapshot, keys: Keyring, owner: OwnerId, facts: Facts
) -> None:
    """Check that no standing *never* of the person touches supposed terms (D-03).

    Args:
        snap: one consistent state.
        keys: opens the person's instructions.
        owner: the person.
        facts: what `check` found about the terms.

    Raises:
        NotPermitted: `instruction.never`.
    """
    found = instruction_register.current(snap, keys, owner).instructions
    request = DisclosureRequest(recipient_id="")
    known = replace(facts, instructions=found)
    reasons = tuple(gates.instruction(request, known, snap.now))
    if reasons:
        raise NotPermitted(reasons)


def require_fresh_login(snap: Snapshot, evidence: Evidence) -> None:
    """Check that the login behind a yes is only minutes old.

    Raises:
        Forbidden: `consent.login-too-old`.
    """
    age: timedelta = snap.now - evidence.auth_time
    if not -_SKEW <= age <= LOGIN_AGE:
        raise Forbidden("consent.login-too-old", "A fresh login is needed.")


def require_person(snap: Snapshot, evidence: Evidence) -> None:
    """Check that a person is old enough to decide now, or that an agent does.

    Raises:
        NotPermitted: with the reason.
    """
    acted = PersonFacts(
        adult_from=evidence.adult_from, agent_until=evidence.agent_until
    )
    facts = Facts(person=acted)
    request = DisclosureRequest(recipient_id="")
    reasons = tuple(gates.person(request, facts, snap.now))
    if reasons:
        raise NotPermitted(reasons)


def agree(
    snap: Snapshot, facts: Facts, notice: bytes, mandate_id: UUID | None = None
) -> Agreement:
    """Write down what a yes given now rests on.

    Raises:
        NotPermitted: there is no contract to rest on.
    """
    if facts.contract is None or facts.consent is None:
        raise NotPermitted((Reason.CONTRACT_MISSING,))
    return Agreement(
        given_at=snap.now,
        notice=notice,
        contract_id=facts.contract.contract_id,
        contract_version=facts.contract.version,
        board_decisions=tuple(b.decision_id for b in facts.board if b.decision_id),
        rule_version=RULE_VERSION,
        vocabulary=categories.VERSION,
        profile=facts.profile.id,
        offer_version=facts.offer.version if facts.offer else 0,
        mandate_id=mandate_id,
        texts=live_texts.of_provision(facts.consent.terms),
    )


def _suppose(
    snap: Snapshot,
    recipient_id: RecipientId,
    provision: DataProvision,
    profile: CertificationProfile,
) -> Facts:
    contract = contracts.governing(snap, recipient_id, provision)
    facts = recipient_facts.surroundings(
        snap,
        recipient_id,
        contract_id=contract.contract_id if contract else None,
        provision=provision,
        profile=profile,
    )
    supposed = ConsentFacts(
        consent_id=_NOBODY,
        version=1,
        state=ConsentState.GIVEN,
        recipient_id=recipient_id,
        terms=provision,
        given_at=snap.now,
        expires_at=provision.access.until,
        vocabulary=categories.VERSION,
        offer_version=facts.offer.version if facts.offer else 0,
    )
    decided = (*facts.board, *board_facts.of_screens(snap))
    return replace(facts, consent=supposed, board=decided, text=SAME_TEXTS)
