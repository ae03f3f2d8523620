"""Tokens of client credentials: one client, one offer, nobody in particular.

Such a token authorises nothing by itself: each person's part is decided by that
person's own consent. It is alive when its row and its client say so, read again in
every transaction that discloses under it. The format is that of all tokens
(`docs/formats/oauth.md` sections 1 and 6).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from audit.work import Work
from consent.oauth import lifetimes, opaque
from consent.oauth.clients import Client, ClientState
from consent.oauth.tables import client, offer_token
from pds.core.clock import from_millis
from pds.core.database import Prepared, Snapshot, is_sqlite
from pds.core.ids import RecipientId


@dataclass(frozen=True)
class OfferToken:
    """What is known of a presented token, read together.

    Attributes:
        jkt: thumbprint of the DPoP key that it is bound to.
        row: the values as the driver gave them, to be compared with what it gives
            later.
    """

    token_hash: bytes
    offer_id: UUID
    jkt: bytes
    expires_at: datetime
    is_revoked: bool
    client_id: str
    recipient_id: RecipientId
    client_state: ClientState
    row: tuple[object, ...] = field(compare=False, repr=False)

    def is_alive(self, now: datetime) -> bool:
        """Say whether the token may be used at this moment."""
        is_active = self.client_state is ClientState.ACTIVE
        return is_active and not self.is_revoked and now < self.expires_at


COLUMNS = (
    offer_token.c.offer_id,
    offer_token.c.jkt,
    offer_token.c.expires_at,
    offer_token.c.revoked_at,
    offer_token.c.client_id,
    client.c.recipient_id,
    client.c.state,
    client.c.fence,
)
"""What `OfferToken.row` holds, for statements that read it beside other things."""
JOINED = offer_token.join(client, client.c.client_id == offer_token.c.client_id)
"""A token with its client."""
IS_MEANT = offer_token.c.token_hash == bindparam("digest")
"""Which token is meant."""
_STATE = Prepared(select(*COLUMNS).select_from(JOINED).where(IS_MEANT))
_HELD = Prepared(
    select(*COLUMNS)
    .select_from(JOINED)
    .where(IS_MEANT)
    .with_for_update(read=True, of=offer_token)
)
"""The same, and nobody revokes it before this transaction ends (PostgreSQL)."""


def state(snap: Snapshot, token_hash: bytes) -> OfferToken | None:
    """Return what is known of a token by its digest; None if it is not one of ours."""
    row = _STATE.one(snap.connection, digest=token_hash)
    if row is None:
        return None
    return OfferToken(
        token_hash=token_hash,
        offer_id=UUID(bytes=bytes(row[0])),
        jkt=bytes(row[1]),
        expires_at=from_millis(row[2]),
        is_revoked=row[3] is not None,
        client_id=row[4],
        recipient_id=RecipientId(row[5]),
        client_state=ClientState(row[6]),
        row=tuple(row),
    )


def stands(work: Work, found: OfferToken) -> bool:
    """Say, while disclosing, whether token and client are exactly as they were found.

    A revocation waits until this transaction ends, or was first and is seen.
    """
    statement = _STATE if is_sqlite(work.connection) else _HELD
    row = statement.one(work.connection, digest=found.token_hash)
    return row is not None and tuple(row) == found.row


def present(snap: Snapshot, text: str) -> OfferToken | None:
    """Return what is known of a token as it was presented."""
    digest = opaque.digest(text)
    return None if digest is None else state(snap, digest)


def issue(work: Work, under: Client, offer_id: UUID, jkt: bytes) -> str:
    """Issue a token of a client for an offer; return its text, kept nowhere."""
    text, digest = opaque.make(work.ids)
    work.connection.execute(
        insert(offer_token).values(
            token_hash=digest,
            client_id=under.client_id,
            offer_id=offer_id,
            jkt=jkt,
            issued_at=work.now,
            expires_at=work.now + lifetimes.ACCESS_TOKEN,
        )
    )
    return text


def revoke(work: Work, found: OfferToken) -> None:
    """Revoke a token; nothing commits under it afterwards."""
    work.connection.execute(
        update(offer_token)
        .where(
            offer_token.c.token_hash == found.token_hash,
            offer_token.c.revoked_at.is_(None),
        )
        .values(revoked_at=work.now)
    )
