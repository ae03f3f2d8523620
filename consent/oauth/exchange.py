"""The token endpoint's units of work: a code or refresh token for an access token.

Everything that must happen together happens here together: the one-time marks are
spent, the code is claimed in one statement, the tokens are issued. What is refused
comes back as a value, because an exception would roll the spent marks back and let
the same assertion be presented again.

Ten who redeem one code at once get one token between them; the nine that come later
are reuse (RFC 6749 section 4.1.2), which ends the grant, so that token is dead too:
nobody can tell which of the ten was the thief.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import recipients
from consent.oauth import (
    clients,
    grants,
    lifetimes,
    opaque,
    replay,
    requests,
    tokens,
)
from consent.oauth.grants import Grant
from consent.oauth.requests import PushedRequest
from consent.oauth.tables import code as table
from consent.oauth.tokens import TokenKind, TokenState
from pds.core.database import Snapshot
from pds.core.ids import OwnerId


class Refusal(StrEnum):
    """Why nothing was issued."""

    ASSERTION = "assertion-replayed"
    PROOF = "proof-replayed"
    CODE = "code"
    GRANT = "grant"
    OFFER = "offer"


@dataclass(frozen=True)
class Refused:
    """Nothing was issued; the marks are spent all the same."""

    reason: Refusal


@dataclass(frozen=True)
class Issued:
    """The tokens' texts, to be answered once and then forgotten."""

    grant: Grant
    access_token: str
    refresh_token: str | None
    expires_in: int


@dataclass(frozen=True)
class CodeState:
    """What a code is bound to."""

    code_hash: bytes
    owner: OwnerId
    grant_id: UUID
    client_id: str
    redirect_uri: str
    code_challenge: str
    jkt: bytes


def push(
    work: Work,
    *,
    client_id: str,
    parameters: Mapping[str, str],
    thumbprint: bytes,
    marks: Iterable[replay.Mark],
) -> str | Refused:
    """Store a checked request and return its `request_uri`, unless a mark was spent."""
    if (replayed := replay.spend_all(work, marks)) is not None:
        return replayed_mark(replayed)
    return requests.push(
        work, client_id=client_id, parameters=parameters, thumbprint=thumbprint
    )


def issue_code(work: Work, under: Grant, request: PushedRequest) -> str:
    """Issue the code of a consent just given, bound to all that the request named."""
    text, digest = opaque.make(work.ids)
    work.connection.execute(
        insert(table).values(
            code_hash=digest,
            owner_id=under.owner,
            grant_id=under.grant_id,
            client_id=request.client_id,
            redirect_uri=request.parameters["redirect_uri"],
            code_challenge=request.parameters["code_challenge"],
            jkt=request.thumbprint,
            expires_at=work.now + lifetimes.AUTHORIZATION_CODE,
        )
    )
    return text


def find_code(snap: Snapshot, text: str, client_id: str) -> CodeState | None:
    """Return what a client's code is bound to, used or not; None if it has no such."""
    row = snap.connection.execute(
        select(table).where(
            table.c.code_hash == (opaque.digest(text) or b""),
            table.c.client_id == client_id,
        )
    ).one_or_none()
    if row is None:
        return None
    return CodeState(
        code_hash=row.code_hash,
        owner=OwnerId(row.owner_id),
        grant_id=row.grant_id,
        client_id=row.client_id,
        redirect_uri=row.redirect_uri,
        code_challenge=row.code_challenge,
        jkt=bytes(row.jkt),
    )


def redeem(
    work: Work, found: CodeState, marks: Iterable[replay.Mark]
) -> Issued | Refused:
    """Redeem a code whose bindings were checked; used before, it ends the grant."""
    if (replayed := replay.spend_all(work, marks)) is not None:
        return replayed_mark(replayed)
    claimed = work.connection.execute(
        update(table)
        .where(
            table.c.code_hash == found.code_hash,
            table.c.client_id == found.client_id,
            table.c.used_at.is_(None),
            table.c.expires_at > work.now,
        )
        .values(used_at=work.now)
        .returning(table.c.grant_id)
    ).one_or_none()
    if claimed is None:
        _end_if_reused(work, found)
        return Refused(Refusal.CODE)
    under = _living(work, found.owner, found.grant_id)
    if under is None:
        return Refused(Refusal.GRANT)
    return _issue(work, under, found.jkt, with_refresh=under.is_recurring)


def refresh(
    work: Work, found: TokenState, jkt: bytes, marks: Iterable[replay.Mark]
) -> Issued | Refused:
    """Issue a new access token; the refresh token stays (FAPI 2.0 5.3.2.1-9).

    The new token may be bound to another DPoP key than the last one.
    """
    if (replayed := replay.spend_all(work, marks)) is not None:
        return replayed_mark(replayed)
    now_known = tokens.state(work, found.token_hash)
    under = _living(work, found.owner, found.grant_id)
    if under is None or now_known is None or not now_known.is_alive(work.now):
        return Refused(Refusal.GRANT)
    return _issue(work, under, jkt, with_refresh=False)


def replayed_mark(mark: replay.Mark) -> Refused:
    """Return the refusal of whoever presents a mark again."""
    if mark.kind is replay.MarkKind.ASSERTION:
        return Refused(Refusal.ASSERTION)
    return Refused(Refusal.PROOF)


def _living(work: Work, owner: OwnerId, grant_id: UUID) -> Grant | None:
    under = grants.find(work, owner, grant_id)
    if under is None or not under.is_alive(work.now):
        return None
    client = clients.find(work, under.client_id)
    if client is None or not client.is_active:
        return None
    return under if recipients.may_ask(work, client.recipient_id) else None


def _issue(work: Work, under: Grant, jkt: bytes, *, with_refresh: bool) -> Issued:
    access = tokens.issue(work, under, TokenKind.ACCESS, jkt)
    again = tokens.issue(work, under, TokenKind.REFRESH, None) if with_refresh else None
    lasts = tokens.expiry(under, TokenKind.ACCESS, work.now) - work.now
    return Issued(under, access, again, int(lasts.total_seconds()))


def _end_if_reused(work: Work, found: CodeState) -> None:
    used = work.connection.execute(
        select(table.c.used_at).where(table.c.code_hash == found.code_hash)
    ).scalar_one_or_none()
    if used is not None:
        end_grant(work, found.owner, found.grant_id, action="grant.code-reused")


def return_token(
    work: Work, found: TokenState, marks: Iterable[replay.Mark]
) -> Refused | None:
    """Revoke what a client hands back (RFC 7009): an access token alone, or all.

    A refresh token stands for the whole authorisation, so the grant ends with it.
    """
    if (replayed := replay.spend_all(work, marks)) is not None:
        return replayed_mark(replayed)
    if found.kind is TokenKind.REFRESH:
        end_grant(work, found.owner, found.grant_id, action="grant.returned")
    else:
        tokens.revoke(work, found)
    return None


def end_grant(work: Work, owner: OwnerId, grant_id: UUID, *, action: str) -> None:
    """End a grant and record that and why; does nothing if it had ended."""
    under = grants.find(work, owner, grant_id)
    if under is None or not grants.end(work, owner, grant_id):
        return
    work.log.record(
        Entry(
            type=EventType.CONSENT_EVENT,
            subject=owner,
            recipient=under.recipient_id,
            detail={"object": f"grant:{grant_id}", "reasons": action},
        )
    )
