"""Answers to an offer in the portal: request and answer are one unit of work (D-02).

There is no OAuth grant behind a yes: the recipient fetches what was accepted here under
the same gates. The person's page named a moment, a version of the offer, and the
hash of its notice; all are checked again here (`consent.reading`), so that the notice
is the very one that was on the screen::

    page (offer, version, moment) ─► give ─► requested, given
                                  ─► refuse ─► requested, refused
                                  ─► defer ─► requested, deferred ─► give | refuse

An attacker can send another moment or version: an old version is refused, and so is a
moment that is not of this hour. Two answers at once: the person's state is taken first,
so that the second sees the first and is refused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from audit import person
from audit.work import Work
from consent import answers, offers, preflight, reading, service
from consent.answers import OfferAnswer
from consent.content import Evidence
from consent.facts import OfferState
from consent.notices import BankParty
from consent.offers import Offer
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.service import PERSON
from consent.steps import Step
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import ConsentId, OwnerId
from pds.keys.keyring import Keyring

OPEN_FOR: Final = timedelta(hours=1)
"""How long after its page an answer may come."""
_SKEW: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Shown:
    """What was on the page that is answered.

    Attributes:
        offer_id: the offer.
        version: its version.
        at: the moment from which window and end were counted, whole seconds.
    """

    offer_id: UUID
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer as it is put to one person.

    Attributes:
        offer: the offer.
        answer: how it stands with the person.
        terms: what is asked for: the terms of the request that waits or of the consent
            that holds, else the offer's, counted from the moment that was shown.
        consent_id: that request or consent, or the last one; None before any.
    """

    offer: Offer
    answer: OfferAnswer
    terms: DataProvision
    consent_id: ConsentId | None


def ask(snap: Snapshot, keys: Keyring, owner: OwnerId, shown: Shown) -> Asked:
    """Return an offer as a person sees it.

    Raises:
        NotFound: `offer.unknown`.
        Conflict: `offer.not-live`, or `offer.changed` since the page.
    """
    found = offers.get(snap, shown.offer_id)
    if found.state is not OfferState.LIVE:
        raise Conflict("offer.not-live", "The offer is not live.")
    if found.version != shown.version or not _is_recent(snap, shown):
        raise Conflict("offer.changed", "The page is old, or the offer has changed.")
    known = answers.by_offer(snap, keys, owner, {found.recipient_id})
    answered = known.get(found.offer_id)
    stands = answers.answer(found, answered, snap.now)
    keeps = stands in (OfferAnswer.LATER, OfferAnswer.GIVEN)
    return Asked(
        offer=found,
        answer=stands,
        terms=answered.terms if answered and keeps else found.instance(shown.at),
        consent_id=answered.consent.consent_id if answered else None,
    )


def give(
    work: Work,
    owner: OwnerId,
    shown: Shown,
    choice: DataProvision,
    *,
    read: bytes,
    bank: BankParty,
    evidence: Evidence,
    profile: CertificationProfile = PROFILE_2_2,
    actor: str = PERSON,
) -> Step:
    """Say yes to an offer, or to less of it; nothing of it happens if a part fails.

    `read` is the hash of the notice that was on the page.

    Raises:
        Forbidden: `consent.login-too-old`.
        Invalid: `consent.not-narrower`, or `consent.wider-than-offer`: the day has
            changed since the page.
        NotFound: `offer.unknown`.
        Conflict: `offer.not-live`, `offer.changed`, `offer.answered` by a yes, or
            `consent.notice-changed` since the page.
        NotPermitted: the person is too young, or the rules forbid the terms now.
    """
    preflight.require_fresh_login(work, evidence)
    asked, request_id = _request(work, owner, shown, profile)
    notice = reading.require(work, asked.offer.recipient_id, asked.terms, bank, read)
    return service.give(
        work,
        owner,
        request_id,
        choice,
        notice=notice,
        evidence=evidence,
        profile=profile,
        actor=actor,
    )


def refuse(
    work: Work,
    owner: OwnerId,
    shown: Shown,
    *,
    profile: CertificationProfile = PROFILE_2_2,
    actor: str = PERSON,
) -> Step:
    """Say no to an offer; it is remembered, and has no disadvantage."""
    _asked, request_id = _request(work, owner, shown, profile)
    return service.refuse(work, owner, request_id, actor=actor)


def defer(
    work: Work,
    owner: OwnerId,
    shown: Shown,
    *,
    profile: CertificationProfile = PROFILE_2_2,
    actor: str = PERSON,
) -> Step:
    """Put an offer off; it waits on a list of its own."""
    _asked, request_id = _request(work, owner, shown, profile)
    return service.defer(work, owner, request_id, actor=actor)


def _request(
    work: Work, owner: OwnerId, shown: Shown, profile: CertificationProfile
) -> tuple[Asked, ConsentId]:
    person.bump_fence(work, owner)
    asked = ask(work, work.keys, owner, shown)
    if asked.answer is OfferAnswer.GIVEN:
        raise Conflict("offer.answered", "The person has said yes already.")
    if asked.answer is OfferAnswer.LATER and asked.consent_id is not None:
        return asked, asked.consent_id
    made = service.request(
        work, owner, asked.offer.recipient_id, asked.terms, profile=profile
    )
    return asked, made.consent.consent_id


def _is_recent(snap: Snapshot, shown: Shown) -> bool:
    age: timedelta = snap.now - shown.at
    return -_SKEW <= age <= OPEN_FOR
