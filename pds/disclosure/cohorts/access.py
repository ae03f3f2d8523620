"""Who asks, and by what right: the token of an offer, and one person's consent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.work import Work
from consent import offers, preflight
from consent.facts import GrantFacts
from consent.oauth import offer_tokens
from consent.oauth.clients import ClientState
from consent.oauth.offer_tokens import OfferToken
from consent.preflight import NotPermitted
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.disclosure.call import Call
from pds.disclosure.decision import Basis, Decided
from pds.disclosure.errors import Changed, InvalidToken
from pds.disclosure.recording import facts_stand, hold


@dataclass(frozen=True, slots=True)
class OfferAccess:
    """The token of an offer, meant for one person's consent to it.

    Attributes:
        joined_at: since when the consent is known to be a member of the cohort.
    """

    token: OfferToken
    owner: OwnerId
    consent_id: ConsentId
    joined_at: datetime

    @property
    def grant_id(self) -> UUID:
        """The offer stands where a grant would: there is none behind a yes to it."""
        return self.token.offer_id

    @property
    def client_id(self) -> str:
        """The recipient's software."""
        return self.token.client_id

    @property
    def recipient_id(self) -> RecipientId:
        """The recipient."""
        return self.token.recipient_id

    def grant(self) -> GrantFacts:
        """Return what the engine is told of the authorisation."""
        token = self.token
        return GrantFacts(
            grant_id=str(token.offer_id),
            consent_id=self.consent_id,
            recipient_id=token.recipient_id,
            is_active=True,
            client_is_active=token.client_state is ClientState.ACTIVE,
            token_is_active=not token.is_revoked,
            token_expires_at=token.expires_at,
        )


def find_token(snap: Snapshot, call: Call, offer_id: UUID) -> OfferToken:
    """Return the token of a call.

    Raises:
        InvalidToken: it is unknown, over, revoked, of another offer, or bound to
            another key.
    """
    token = offer_tokens.state(snap, call.token_hash)
    if token is None or token.jkt != call.thumbprint or token.offer_id != offer_id:
        raise InvalidToken("oauth.invalid-token", "No such token for this key.")
    if not token.is_alive(snap.now):
        raise InvalidToken("oauth.invalid-token", "The token is over.")
    return token


def require_recipient(snap: Snapshot, basis: Basis, token: OfferToken) -> None:
    """Check all that is the recipient's own before anybody's consent is looked at.

    So a recipient whose contract ran out is told that, and is not shown a cohort that
    looks as if everybody had left.

    Raises:
        NotPermitted: with every reason.
    """
    terms = offers.get(snap, token.offer_id).instance(snap.now)
    found = preflight.check(snap, token.recipient_id, terms, profile=basis.profile)
    if found.reasons:
        raise NotPermitted(found.reasons)


def check_again(work: Work, access: OfferAccess, decided: Decided) -> None:
    """Check inside the transaction that a decision about one person still stands.

    Raises:
        Changed: something that it rests on is no longer what it was.
    """
    hold(work, access)
    if not offer_tokens.stands(work, access.token) or not facts_stand(work, decided):
        raise Changed
