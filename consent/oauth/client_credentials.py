"""The token endpoint's unit of work for client credentials (RFC 6749 section 4.4).

A recipient gets a token for one of its own offers. Whether the offer is another's, a
draft or nobody's is one answer, so that none is found out by asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from audit.work import Work
from consent import offers, recipients
from consent.facts import OfferState
from consent.oauth import clients, exchange, lifetimes, offer_tokens, replay
from consent.oauth.clients import Client
from consent.oauth.exchange import Refusal, Refused
from consent.oauth.offer_tokens import OfferToken
from consent.offers import Offer
from pds.core.database import Snapshot
from pds.core.errors import NotFound


@dataclass(frozen=True)
class OfferIssued:
    """A token's text, to be answered once and then forgotten."""

    offer_id: UUID
    access_token: str
    expires_in: int


def issue(
    work: Work,
    client_id: str,
    offer_id: UUID,
    jkt: bytes,
    marks: Iterable[replay.Mark],
) -> OfferIssued | Refused:
    """Issue a token for an offer, unless a mark was spent or it is not the client's."""
    if (replayed := replay.spend_all(work, marks)) is not None:
        return exchange.replayed_mark(replayed)
    client = clients.find(work, client_id)
    if client is None or not client.is_active:
        return Refused(Refusal.GRANT)
    if not recipients.may_ask(work, client.recipient_id):
        return Refused(Refusal.GRANT)
    if not is_offered(work, client, offer_id):
        return Refused(Refusal.OFFER)
    text = offer_tokens.issue(work, client, offer_id, jkt)
    return OfferIssued(offer_id, text, int(lifetimes.ACCESS_TOKEN.total_seconds()))


def is_offered(snap: Snapshot, client: Client, offer_id: UUID) -> bool:
    """Say whether an offer is the client's own, was published, and lies in its caps.

    One that has ended still counts: who left it must be told to the recipient.
    """
    found = _find(snap, offer_id)
    if found is None or found.recipient_id != client.recipient_id:
        return False
    provision = found.template.provision
    was_published = found.state is not OfferState.DRAFT or found.version > 1
    return was_published and client.may_ask(provision.purpose, provision.categories)


def return_token(
    work: Work, found: OfferToken, marks: Iterable[replay.Mark]
) -> Refused | None:
    """Revoke what a client hands back (RFC 7009)."""
    if (replayed := replay.spend_all(work, marks)) is not None:
        return exchange.replayed_mark(replayed)
    offer_tokens.revoke(work, found)
    return None


def _find(snap: Snapshot, offer_id: UUID) -> Offer | None:
    try:
        return offers.get(snap, offer_id)
    except NotFound:
        return None
