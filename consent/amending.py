"""Saying yes anew: a consent renewed for another term, or changed within the request.

Both are a fresh yes to a notice, with a new agreement; the history keeps what was said
before (N-13). A renewal keeps the terms and counts their days from now. A change may
narrow or widen, but never beyond what the recipient asked for in the beginning::

    given ─renewed─► given      given ─amended─► given

What is paused, over, or answers an offer that has changed since cannot be renewed; the
person then answers the offer itself, whose terms are others (D-08).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from audit.work import Work
from consent import (
    changed_texts,
    confirmations,
    ledger,
    mandates,
    preflight,
    reading,
)
from consent.content import EventContent, Evidence
from consent.ledger import CurrentConsent
from consent.notices import BankParty
from consent.oauth import grants
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.service import PERSON
from consent.states import ConsentEvent, following
from consent.steps import By, Step, sensitivity, take, whose
from consent.terms import AccessMode, DataProvision, Window
from pds.accounts.in_use import require_in_use
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import ConsentId, OwnerId
from pds.keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Yes:
    """Whose fresh yes it is, and under which rules.

    Attributes:
        at: the moment from which the page counted days.
        read: hash of the notice that was on the page.
        bank: the bank, as the notice names it.
        evidence: the fresh login, language and age behind the yes.
        profile: the certification profile in force.
        actor: the person, or the agent whose authority the evidence tells of.
    """

    at: datetime
    read: bytes
    bank: BankParty
    evidence: Evidence
    profile: CertificationProfile = PROFILE_2_2
    actor: str = PERSON


def renewed(terms: DataProvision, given_at: datetime, at: datetime) -> DataProvision:
    """Return the same terms for another term of the same length, counted anew; pure.

    A window without an end keeps its length and moves along; one with an end stays.

    Raises:
        Conflict: `consent.not-recurring`; one fetch is not repeated by renewing.
    """
    if terms.access.mode is AccessMode.ONCE:
        raise Conflict("consent.not-recurring", "A single fetch is not renewed.")
    until = (at + (terms.access.until - given_at)).replace(microsecond=0)
    access = replace(terms.access, until=max(until, terms.access.until))
    window = _moved(terms.window, given_at, at)
    return replace(terms, access=access, window=window)


def bounds(
    asked: EventContent, current: DataProvision, at: datetime
) -> DataProvision | None:
    """Return the most that a change may reach: what was asked, counted from now; pure.

    The end is that of the request, or of the last renewal if that is later. None if
    the request says no terms.
    """
    if asked.provision is None:
        return None
    until = max(asked.provision.access.until, current.access.until)
    return replace(
        asked.provision,
        access=replace(asked.provision.access, until=until),
        window=_moved(asked.provision.window, asked.at, at),
    )


def reach(
    snap: Snapshot, keys: Keyring, current: CurrentConsent, at: datetime
) -> DataProvision:
    """Return the most that a change of a consent may reach now.

    Raises:
        Invalid: `consent.no-terms`.
    """
    asked = ledger.event(snap, keys, current, 1)
    now = ledger.terms(snap, keys, current).provision
    found = None if now is None else bounds(asked, now, at)
    if found is None:
        raise Invalid("consent.no-terms", "The event says no terms.")
    return found


def renewal(
    snap: Snapshot, keys: Keyring, current: CurrentConsent, at: datetime
) -> DataProvision:
    """Return the terms that a renewal would have now.

    Raises:
        Conflict: `consent.not-recurring`, or `consent.not-possible-now`. A single
            fetch is agreed to anew only where its texts have changed.
    """
    said = ledger.terms(snap, keys, current)
    if said.provision is None or said.agreement is None:
        raise Conflict("consent.not-possible-now", "It was never given.")
    is_once = said.provision.access.mode is AccessMode.ONCE
    stopped = changed_texts.of_consent(snap, said) if is_once else None
    if stopped is not None and stopped.undecided_since is None:
        return said.provision
    return renewed(said.provision, said.agreement.given_at, at)


def renew(work: Work, owner: OwnerId, consent_id: ConsentId, yes: Yes) -> Step:
    """Say yes to the same terms for another term.

    Raises:
        Forbidden: `consent.login-too-old`.
        Conflict: `consent.not-possible-now`, `consent.not-recurring`,
            `offer.changed` since the yes, or `consent.notice-changed` since the page.
        NotFound: `consent.unknown`.
        NotPermitted: the person is too young, or the rules forbid the terms now.
    """
    current = _current(work, owner, consent_id, ConsentEvent.RENEWED)
    terms = renewal(work, work.keys, current, yes.at)
    return _agree(work, current, ConsentEvent.RENEWED, terms, terms, yes)


def amend(
    work: Work, owner: OwnerId, consent_id: ConsentId, choice: DataProvision, yes: Yes
) -> Step:
    """Say yes to other terms, within what was asked for in the beginning.

    Raises:
        Forbidden: `consent.login-too-old`.
        Invalid: `consent.not-narrower` than what was asked, or `consent.same-terms`.
        Conflict: `consent.not-possible-now`, `offer.changed` since the yes, or
            `consent.notice-changed` since the page.
        NotFound: `consent.unknown`.
        NotPermitted: the person is too young, or the rules forbid the terms now.
    """
    current = _current(work, owner, consent_id, ConsentEvent.AMENDED)
    asked = reach(work, work.keys, current, yes.at)
    chosen = asked.narrow(choice)
    if chosen == ledger.terms(work, work.keys, current).provision:
        raise Invalid("consent.same-terms", "Nothing was changed.")
    return _agree(work, current, ConsentEvent.AMENDED, asked, chosen, yes)


def _current(
    work: Work, owner: OwnerId, consent_id: ConsentId, event: ConsentEvent
) -> CurrentConsent:
    require_in_use(work, owner)
    current = ledger.get(work, owner, consent_id)
    following(current.state, event)
    if work.now >= current.expires_at:
        raise Conflict("consent.not-possible-now", "The consent has expired.")
    return current


def _agree(
    work: Work,
    current: CurrentConsent,
    event: ConsentEvent,
    asked: DataProvision,
    chosen: DataProvision,
    yes: Yes,
) -> Step:
    preflight.require_fresh_login(work, yes.evidence)
    confirmations.require(chosen, yes.evidence.confirmed)
    preflight.require_person(work, yes.evidence)
    facts = preflight.require(work, current.recipient_id, chosen, profile=yes.profile)
    preflight.require_not_forbidden(work, work.keys, current.owner, facts)
    before = ledger.terms(work, work.keys, current).agreement
    now_offered = facts.offer.version if facts.offer else 0
    if before is not None and before.offer_version != now_offered:
        raise Conflict("offer.changed", "The offer has changed since the yes.")
    notice = reading.require(work, current.recipient_id, asked, yes.bank, yes.read)
    mandate_id = mandates.standing_id(work, current.owner)
    by = By(
        act=whose(yes.evidence),
        actor=yes.actor,
        provision=chosen,
        agreement=preflight.agree(work, facts, notice, mandate_id),
        evidence=yes.evidence,
    )
    after = replace(
        current, expires_at=chosen.access.until, sensitivity=sensitivity(chosen)
    )
    grants.set_end(work, current.owner, current.consent_id, chosen.access.until)
    return take(work, after, event, by, chosen)


def _moved(window: Window, since: datetime, at: datetime) -> Window:
    if window.last is not None:
        return window
    days = at.astimezone(TOKYO).date() - since.astimezone(TOKYO).date()
    return replace(window, first=window.first + max(days, timedelta()))
