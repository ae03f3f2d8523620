"""Step one: who asks for whose data, and may they?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from audit.pseudonyms import Pseudonyms
from consent import facts_store, pairwise
from consent.engine import Deny, Permit, decide
from consent.facts import DisclosureRequest, Facts, GrantFacts
from consent.oauth import tokens
from consent.oauth.clients import ClientState
from consent.oauth.grants import GrantState
from consent.oauth.tokens import TokenKind, TokenState
from consent.profile import CertificationProfile
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.disclosure.call import Call
from pds.disclosure.cursor import Continuation, open_cursor
from pds.disclosure.errors import InvalidToken
from pds.disclosure.question import Question
from pds.disclosure.validity import holds_until
from pds.keys.keyring import Keyring


@dataclass(frozen=True)
class Basis:
    """What every decision needs beside the call.

    Attributes:
        keys: opens the consent.
        profile: the certification profile in force.
        cursor_key: the bank's key for cursors.
        pseudonyms: names persons for auditors, in the record of what is decided.
    """

    keys: Keyring
    profile: CertificationProfile
    cursor_key: bytes
    pseudonyms: Pseudonyms


class Access(Protocol):
    """By what a recipient asks for a person's data: a token and what is behind it."""

    @property
    def owner(self) -> OwnerId:
        """The person."""
        ...

    @property
    def grant_id(self) -> UUID:
        """The grant; for client credentials the offer."""
        ...

    @property
    def consent_id(self) -> ConsentId:
        """The consent that has to cover it."""
        ...

    @property
    def client_id(self) -> str:
        """The recipient's software."""
        ...

    @property
    def recipient_id(self) -> RecipientId:
        """The recipient."""
        ...


@dataclass(frozen=True)
class Decided:
    """A decision and what it rests on.

    Attributes:
        at: the moment of the decision.
        token: the access as it was found.
        facts: what was known.
        decision: the engine's answer.
        continuation: where the fetch goes on, if it does.
        subject: the person's pairwise id for this recipient.
    """

    at: datetime
    token: Access
    facts: Facts
    decision: Permit | Deny
    continuation: Continuation | None
    subject: str

    @property
    def holds_until(self) -> datetime:
        """First moment at which a fact of the permit lapses."""
        return holds_until(self.facts)


def find_token(snap: Snapshot, call: Call) -> TokenState:
    """Return the access token of a call.

    Raises:
        InvalidToken: it is unknown, is bound to another key, or ran out; a client gets
            a new one then, and nothing was refused that a person would want to see.
    """
    token = tokens.state(snap, call.token_hash)
    if (
        token is None
        or token.kind is not TokenKind.ACCESS
        or token.jkt != call.thumbprint
    ):
        raise InvalidToken("oauth.invalid-token", "No such token for this key.")
    if not token.is_revoked and snap.now >= token.expires_at:
        raise InvalidToken("oauth.invalid-token", "The token ran out.")
    return token


def decide_call(
    snap: Snapshot, basis: Basis, call: Call, question: Question
) -> Decided:
    """Find the token, load the facts and ask the engine.

    Raises:
        InvalidToken: see `find_token`.
        Invalid: the cursor was not made for this grant and these filters.
    """
    token = find_token(snap, call)
    continuation = None
    if question.cursor is not None:
        continuation = open_cursor(
            basis.cursor_key,
            token.grant_id,
            question.digest(),
            question.cursor,
            snap.now,
        )
    return decide_access(snap, basis, token, _grant(token), question, continuation)


def decide_access(
    snap: Snapshot,
    basis: Basis,
    token: Access,
    grant: GrantFacts,
    question: Question,
    continuation: Continuation | None,
    *,
    was_counted: bool = False,
) -> Decided:
    """Load the facts about one consent and ask the engine.

    Args:
        snap: one consistent state.
        basis: what every decision needs.
        token: by what the recipient asks.
        grant: the same as a fact.
        question: what is asked for.
        continuation: where the fetch goes on, if it does.
        was_counted: whether this fetch was counted before, though it begins anew.
    """
    facts = facts_store.load(
        snap,
        basis.keys,
        token.owner,
        token.consent_id,
        grant=grant,
        profile=basis.profile,
    )
    request = DisclosureRequest(
        recipient_id=token.recipient_id,
        categories=question.categories or None,
        first_day=question.first_day,
        last_day=question.last_day,
        form=question.form,
        continues=was_counted or continuation is not None,
    )
    decision = decide(request, facts, snap.now)
    subject = pairwise.find(snap, token.owner, token.recipient_id)
    return Decided(snap.now, token, facts, decision, continuation, subject)


def _grant(token: TokenState) -> GrantFacts:
    return GrantFacts(
        grant_id=str(token.grant_id),
        consent_id=token.consent_id,
        recipient_id=token.recipient_id,
        is_active=token.grant_state is GrantState.ACTIVE,
        client_is_active=token.client_state is ClientState.ACTIVE,
        token_is_active=not token.is_revoked,
        token_expires_at=token.expires_at,
    )
