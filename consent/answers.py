"""What a person answered to offers: yes, no and later are remembered (D-02, N-09).

An answer is the newest consent about the offer; nothing else is kept. A no holds until
the recipient offers something else: an offer that was changed after the answer is a new
one. What was put off comes back on a list of its own until the request expires.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from consent import ledger
from consent.ledger import CurrentConsent
from consent.offers import Offer
from consent.states import ConsentState
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.ids import OwnerId, RecipientId
from pds.keys.keyring import Keyring


class OfferAnswer(StrEnum):
    """How an offer stands with one person."""

    NEW = "new"
    LATER = "later"
    GIVEN = "given"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Answered:
    """The newest consent about an offer, and the terms that it says."""

    consent: CurrentConsent
    terms: DataProvision


_HOLDING = (ConsentState.GIVEN, ConsentState.PAUSED)
_WAITING = (ConsentState.REQUESTED, ConsentState.DEFERRED)
_ENDED = (ConsentState.WITHDRAWN, ConsentState.REVOKED, ConsentState.INVALIDATED)


def by_offer(
    snap: Snapshot, keys: Keyring, owner: OwnerId, recipients: Container[RecipientId]
) -> Mapping[UUID, Answered]:
    """Return the newest answer to each offer of recipients, one that holds first.

    Consents to other recipients are not opened.
    """
    found: dict[UUID, Answered] = {}
    for consent in ledger.every(snap, owner):
        if consent.recipient_id not in recipients:
            continue
        terms = ledger.terms(snap, keys, consent).provision
        if terms is None or terms.offer_id is None:
            continue
        known = found.get(terms.offer_id)
        if known is None or (_holds(consent, snap.now) and not _holds(known.consent)):
            found[terms.offer_id] = Answered(consent, terms)
    return found


def answer(offer: Offer, answered: Answered | None, now: datetime) -> OfferAnswer:
    """Say how an offer stands with the person whose newest answer is given; pure."""
    if answered is None:
        return OfferAnswer.NEW
    consent = answered.consent
    if _holds(consent, now):
        return OfferAnswer.GIVEN
    has_changed = offer.made_at > consent.changed_at
    if consent.state is ConsentState.REFUSED and not has_changed:
        return OfferAnswer.REFUSED
    if consent.state in _WAITING and now < consent.expires_at and not has_changed:
        return OfferAnswer.LATER
    return OfferAnswer.ENDED if consent.state in _ENDED else OfferAnswer.NEW


def _holds(consent: CurrentConsent, now: datetime | None = None) -> bool:
    is_over = now is not None and now >= consent.expires_at
    return consent.state in _HOLDING and not is_over
