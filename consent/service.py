"""The acts on a consent: requested, given, refused, narrowed, withdrawn and so on.

Each act is one step of the state machine in one unit of work: an event sealed under
the consent's own key, a leaf `consent:event`, and a bumped fence, so that a disclosure
decided before the act does not commit after it (C-04). The OAuth grant and its tokens
are ended in the same unit of work by whoever calls.
"""

from dataclasses import replace
from datetime import timedelta

from audit.work import Work
from consent import (
    confirmations,
    ledger,
    mandates,
    notices,
    offers,
    pairwise,
    preflight,
)
from consent.content import Act, EventContent, Evidence
from consent.ledger import CurrentConsent
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.states import ConsentEvent, ConsentState, following
from consent.steps import By, Step, sensitivity, take, whose
from consent.terms import DataProvision
from pds.accounts.in_use import require_in_use
from pds.core.errors import Conflict, Invalid
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.keys.classes import KeyClass

REQUEST_LIFETIME = timedelta(days=30)
"""How long a request waits for an answer."""
PERSON = "person"
"""Actor of the person's own acts; who it was is the subject of the leaf.

An agent's acts have another actor, which names the link: `agent:` and its id.
"""


def request(
    work: Work,
    owner: OwnerId,
    recipient_id: RecipientId,
    provision: DataProvision,
    *,
    client_id: str | None = None,
    profile: CertificationProfile = PROFILE_2_2,
) -> Step:
    """Put terms before a person; nothing is given by it.

    Raises:
        NotPermitted: contract, certificate, board, ceilings or profile forbid them.
        Invalid: `consent.wider-than-offer`.
    """
    require_in_use(work, owner)
    preflight.require(work, recipient_id, provision, profile=profile)
    if provision.offer_id is not None:
        offered = offers.get(work, provision.offer_id).instance(work.now)
        if not provision.is_within(offered):
            raise Invalid("consent.wider-than-offer", "More than the offer says.")
    key = work.keys.create(work.connection, owner, KeyClass.CONSENT, now=work.now)
    fresh = CurrentConsent(
        owner=owner,
        consent_id=ConsentId(work.ids.new()),
        version=0,
        terms_version=0,
        generation=key.generation,
        state=ConsentState.REQUESTED,
        recipient_id=recipient_id,
        sensitivity=sensitivity(provision),
        expires_at=min(work.now + REQUEST_LIFETIME, provision.access.until),
        changed_at=work.now,
    )
    by = By(
        act=Act.RECIPIENT,
        actor=client_id or recipient_id,
        client_id=client_id,
        provision=provision,
    )
    return take(work, fresh, ConsentEvent.REQUESTED, by, provision)


def give(
    work: Work,
    owner: OwnerId,
    consent_id: ConsentId,
    choice: DataProvision,
    *,
    notice: bytes,
    evidence: Evidence,
    profile: CertificationProfile = PROFILE_2_2,
    actor: str = PERSON,
) -> Step:
    """Say yes to what was asked, or to less.

    Args:
        work: the unit of work.
        owner: the person.
        consent_id: the request that is answered.
        choice: the terms that the person chose, within those asked for.
        notice: hash of the notice that was on the screen.
        evidence: the fresh login, language and age behind the yes, or the judgement
            by which the bank answers.
        profile: the certification profile in force.
        actor: the person, or the agent whose authority the evidence tells of.

    Raises:
        Forbidden: `consent.login-too-old`; log in again first.
        Invalid: `consent.not-narrower`, `consent.other-notice`, `consent.unconfirmed`.
        NotFound: `consent.unknown`, or `consent.notice-unknown`.
        Conflict: `consent.not-possible-now`, or `consent.request-expired`.
        NotPermitted: the person is too young, or has said *never* to it, or the rules
            forbid the terms now.
    """
    require_in_use(work, owner)
    current = ledger.get(work, owner, consent_id)
    following(current.state, ConsentEvent.GIVEN)
    if work.now >= current.expires_at:
        raise Conflict("consent.request-expired", "The request has expired.")
    if evidence.entrusted is None:
        preflight.require_fresh_login(work, evidence)
    asked = _terms(work, current)
    notices.require(work, notice, current.recipient_id, asked)
    chosen = asked.narrow(choice)
    confirmations.require(chosen, evidence.confirmed)
    preflight.require_person(work, evidence)
    facts = preflight.require(work, current.recipient_id, chosen, profile=profile)
    preflight.require_not_forbidden(work, work.keys, owner, facts)
    pairwise.for_recipient(work, owner, current.recipient_id)
    by = By(
        act=whose(evidence),
        actor=actor,
        provision=chosen,
        agreement=preflight.agree(
            work, facts, notice, mandates.standing_id(work, owner)
        ),
        evidence=evidence,
    )
    after = replace(
        current, expires_at=chosen.access.until, sensitivity=sensitivity(chosen)
    )
    return take(work, after, ConsentEvent.GIVEN, by, chosen)


def narrow(
    work: Work,
    owner: OwnerId,
    consent_id: ConsentId,
    choice: DataProvision,
    *,
    evidence: Evidence,
    actor: str = PERSON,
) -> Step:
    """Take back a part of a consent; what it rests on stays.

    Raises:
        Invalid: `consent.not-narrower`, or `consent.not-changed`.
        NotFound: `consent.unknown`.
        Conflict: `consent.not-possible-now`.
    """
    current = ledger.get(work, owner, consent_id)
    following(current.state, ConsentEvent.NARROWED)
    before = ledger.terms(work, work.keys, current)
    agreed = _provision(before)
    chosen = agreed.narrow(choice)
    if chosen == agreed:
        raise Invalid("consent.not-changed", "Nothing was taken back.")
    by = By(
        act=whose(evidence),
        actor=actor,
        provision=chosen,
        agreement=before.agreement,
        evidence=before.evidence,
    )
    after = replace(
        current,
        expires_at=min(current.expires_at, chosen.access.until),
        sensitivity=sensitivity(chosen),
    )
    return take(work, after, ConsentEvent.NARROWED, by, chosen)


def refuse(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str = PERSON
) -> Step:
    """Say no; it has no disadvantage and ends the request."""
    return _by_person(work, owner, consent_id, ConsentEvent.REFUSED, actor)


def defer(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str = PERSON
) -> Step:
    """Decide later; the request waits until it expires."""
    return _by_person(work, owner, consent_id, ConsentEvent.DEFERRED, actor)


def pause(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str = PERSON
) -> Step:
    """Let nothing go for the time being."""
    return _by_person(work, owner, consent_id, ConsentEvent.PAUSED, actor)


def resume(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str = PERSON
) -> Step:
    """Let data go again after a pause of the person's own side.

    Raises:
        Conflict: `consent.paused-by-bank`; only the bank lifts its own pause.
    """
    if ledger.last_act(work, owner, consent_id, ConsentEvent.PAUSED) is Act.OPERATOR:
        raise Conflict("consent.paused-by-bank", "The bank lifts its own pause.")
    return _by_person(work, owner, consent_id, ConsentEvent.RESUMED, actor)


def withdraw(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str = PERSON
) -> Step:
    """End a consent, at any time and without a reason (C-04)."""
    return _by_person(work, owner, consent_id, ConsentEvent.WITHDRAWN, actor)


def suspend(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str, reason: str
) -> Step:
    """Let nothing go for the time being, from the bank's side."""
    by = By(act=Act.OPERATOR, actor=actor, reason=reason)
    return _end(work, owner, consent_id, ConsentEvent.PAUSED, by)


def lift(work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str) -> Step:
    """Let data go again after the bank's own pause."""
    by = By(act=Act.OPERATOR, actor=actor)
    return _end(work, owner, consent_id, ConsentEvent.RESUMED, by)


def revoke(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str, reason: str
) -> Step:
    """End a consent from the bank's or the recipient's side."""
    by = By(act=Act.OPERATOR, actor=actor, reason=reason)
    return _end(work, owner, consent_id, ConsentEvent.REVOKED, by)


def invalidate(
    work: Work, owner: OwnerId, consent_id: ConsentId, *, actor: str, reason: str
) -> Step:
    """Say that a consent was never sound; nothing may rest on it."""
    by = By(act=Act.OPERATOR, actor=actor, reason=reason)
    return _end(work, owner, consent_id, ConsentEvent.INVALIDATED, by)


def expire(work: Work, owner: OwnerId, consent_id: ConsentId) -> Step:
    """Record that time has ended a consent or an unanswered request.

    Raises:
        Conflict: `consent.not-due`, or `consent.not-possible-now`.
    """
    if work.now < ledger.get(work, owner, consent_id).expires_at:
        raise Conflict("consent.not-due", "The consent still holds.")
    by = By(act=Act.TIME, actor="expiry")
    return _end(work, owner, consent_id, ConsentEvent.EXPIRED, by)


def _by_person(
    work: Work, owner: OwnerId, consent_id: ConsentId, event: ConsentEvent, actor: str
) -> Step:
    act = Act.PERSON if actor == PERSON else Act.AGENT
    return _end(work, owner, consent_id, event, By(act=act, actor=actor))


def _end(
    work: Work, owner: OwnerId, consent_id: ConsentId, event: ConsentEvent, by: By
) -> Step:
    current = ledger.get(work, owner, consent_id)
    following(current.state, event)
    return take(work, current, event, by, _terms(work, current))


def _terms(work: Work, current: CurrentConsent) -> DataProvision:
    return _provision(ledger.terms(work, work.keys, current))


def _provision(content: EventContent) -> DataProvision:
    if content.provision is None:
        raise Invalid("consent.no-terms", "The event says no terms.")
    return content.provision
