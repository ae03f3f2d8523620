"""Tokens: issuing, finding and revoking opaque access and refresh tokens.

A token is alive when its own row, its grant and its client say so; all of it is read
at every use, so nothing outlives a withdrawal (FAPI 2.0 section 5.3.4-3). Finding one
takes two statements: the route names the person, the rest lies with the person.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from audit import person
from audit.work import Work
from consent.oauth import lifetimes, opaque
from consent.oauth.clients import ClientState
from consent.oauth.grants import Grant, GrantState
from consent.oauth.tables import client, grant, token, token_route
from pds.core.clock import from_millis
from pds.core.database import Prepared, Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId


class TokenKind(StrEnum):
    """What a token is for."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True)
class TokenState:
    """What is known of a presented token, read together.

    Attributes:
        jkt: thumbprint of the DPoP key that an access token is bound to; None for a
            refresh token, which is bound to the client (RFC 9449 section 5).
        expires_at: end of the token; `grant_expires_at` is the end of the consent.
        client_fence: changes whenever the client's registration does.
        row: the values as the driver gave them, to be compared with what it gives
            later.
    """

    token_hash: bytes
    owner: OwnerId
    grant_id: UUID
    kind: TokenKind
    jkt: bytes | None
    expires_at: datetime
    is_revoked: bool
    consent_id: ConsentId
    grant_state: GrantState
    is_recurring: bool
    grant_expires_at: datetime
    client_id: str
    recipient_id: RecipientId
    client_state: ClientState
    client_fence: int
    row: tuple[object, ...] = field(compare=False, repr=False)

    def is_alive(self, now: datetime) -> bool:
        """Say whether the token may be used at this moment."""
        return (
            not self.is_revoked
            and now < self.expires_at
            and now < self.grant_expires_at
            and self.grant_state is GrantState.ACTIVE
            and self.client_state is ClientState.ACTIVE
        )


_ROUTE = Prepared(
    select(token_route.c.owner_id).where(
        token_route.c.token_hash == bindparam("digest")
    )
)
COLUMNS = (
    token.c.grant_id,
    token.c.kind,
    token.c.jkt,
    token.c.expires_at,
    token.c.revoked_at,
    grant.c.consent_id,
    grant.c.state,
    grant.c.is_recurring,
    grant.c.expires_at,
    grant.c.client_id,
    grant.c.recipient_id,
    client.c.state,
    client.c.fence,
)
"""What `TokenState.row` holds, for statements that read it beside other things."""
JOINED = token.join(
    grant,
    (grant.c.owner_id == token.c.owner_id) & (grant.c.grant_id == token.c.grant_id),
).join(client, client.c.client_id == grant.c.client_id)
"""A token with its grant and its client."""
FOUND = (
    token.c.owner_id == bindparam("owner"),
    token.c.token_hash == bindparam("digest"),
)
"""Which token is meant."""
_STATE = Prepared(select(*COLUMNS).select_from(JOINED).where(*FOUND))


def state(snap: Snapshot, token_hash: bytes) -> TokenState | None:
    """Return what is known of a token by its digest; None if it is not one of ours."""
    route = _ROUTE.one(snap.connection, digest=token_hash)
    if route is None:
        return None
    row = _STATE.one(snap.connection, owner=route[0], digest=token_hash)
    if row is None:
        return None
    return TokenState(
        token_hash=token_hash,
        owner=OwnerId(UUID(bytes=bytes(route[0]))),
        grant_id=UUID(bytes=bytes(row[0])),
        kind=TokenKind(row[1]),
        jkt=None if row[2] is None else bytes(row[2]),
        expires_at=from_millis(row[3]),
        is_revoked=row[4] is not None,
        consent_id=ConsentId(UUID(bytes=bytes(row[5]))),
        grant_state=GrantState(row[6]),
        is_recurring=bool(row[7]),
        grant_expires_at=from_millis(row[8]),
        client_id=row[9],
        recipient_id=RecipientId(row[10]),
        client_state=ClientState(row[11]),
        client_fence=row[12],
        row=tuple(row),
    )


def stands(snap: Snapshot, found: TokenState) -> bool:
    """Say whether a token, its grant and its client are exactly as they were found."""
    row = _STATE.one(snap.connection, owner=found.owner.bytes, digest=found.token_hash)
    return row is not None and tuple(row) == found.row


def present(snap: Snapshot, text: str) -> TokenState | None:
    """Return what is known of a token as it was presented."""
    digest = opaque.digest(text)
    return None if digest is None else state(snap, digest)


def issue(work: Work, under: Grant, kind: TokenKind, jkt: bytes | None) -> str:
    """Issue a token under a living grant; return its text, which is kept nowhere."""
    text, digest = opaque.make(work.ids)
    expires_at = expiry(under, kind, work.now)
    common = {
        "owner_id": under.owner,
        "token_hash": digest,
        "grant_id": under.grant_id,
        "expires_at": expires_at,
    }
    work.connection.execute(insert(token_route).values(common))
    work.connection.execute(
        insert(token).values(
            **common,
            kind=kind,
            client_id=under.client_id,
            jkt=jkt,
            issued_at=work.now,
        )
    )
    return text


def expiry(under: Grant, kind: TokenKind, now: datetime) -> datetime:
    """Return when a token issued now ends: never after the consent."""
    if kind is TokenKind.REFRESH:
        return under.expires_at
    return min(now + lifetimes.ACCESS_TOKEN, under.expires_at)


def revoke(work: Work, found: TokenState) -> None:
    """Revoke one token; disclosures decided under it before do not commit after."""
    changed = work.connection.execute(
        update(token)
        .where(
            token.c.owner_id == found.owner,
            token.c.token_hash == found.token_hash,
            token.c.revoked_at.is_(None),
        )
        .values(revoked_at=work.now)
    )
    if changed.rowcount:
        person.bump_fence(work, found.owner)
