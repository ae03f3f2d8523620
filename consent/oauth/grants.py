"""Grants: the OAuth face of one consent, and its end.

A grant is created in the unit of work in which the person gives the consent, and
everything issued under it dies with it. A token is alive only while its grant is.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select, update

from audit import person
from audit.work import Work
from consent.oauth.tables import grant, token, token_route
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId, RecipientId

_REFRESH = "refresh"
"""Kind of a refresh token, as `consent.oauth.tokens` writes it."""


class GrantState(StrEnum):
    """Whether anything can still be had under a grant."""

    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True)
class Grant:
    """One authorisation, tied to one consent.

    Attributes:
        is_recurring: whether the consent allows repeated access; only then is there
            a refresh token.
        expires_at: the end of the consent.
    """

    owner: OwnerId
    grant_id: UUID
    consent_id: ConsentId
    client_id: str
    recipient_id: RecipientId
    state: GrantState
    is_recurring: bool
    expires_at: datetime

    def is_alive(self, now: datetime) -> bool:
        """Say whether tokens may be issued and used under it."""
        return self.state is GrantState.ACTIVE and now < self.expires_at


def create(
    work: Work,
    *,
    owner: OwnerId,
    consent_id: ConsentId,
    client_id: str,
    recipient_id: RecipientId,
    is_recurring: bool,
    expires_at: datetime,
) -> Grant:
    """Create the grant of a consent that is being given in this unit of work."""
    made = Grant(
        owner=owner,
        grant_id=work.ids.new(),
        consent_id=consent_id,
        client_id=client_id,
        recipient_id=recipient_id,
        state=GrantState.ACTIVE,
        is_recurring=is_recurring,
        expires_at=expires_at,
    )
    work.connection.execute(
        insert(grant).values(
            owner_id=owner,
            grant_id=made.grant_id,
            consent_id=consent_id,
            client_id=client_id,
            recipient_id=recipient_id,
            state=GrantState.ACTIVE,
            is_recurring=is_recurring,
            created_at=work.now,
            expires_at=expires_at,
        )
    )
    return made


def find(snap: Snapshot, owner: OwnerId, grant_id: UUID) -> Grant | None:
    """Return a grant of a person, whatever its state."""
    row = snap.connection.execute(
        select(grant).where(grant.c.owner_id == owner, grant.c.grant_id == grant_id)
    ).one_or_none()
    return None if row is None else _grant(row)


def of_consent(snap: Snapshot, owner: OwnerId, consent_id: ConsentId) -> list[Grant]:
    """Return the grants of a consent, ended ones included."""
    rows = snap.connection.execute(
        select(grant)
        .where(grant.c.owner_id == owner, grant.c.consent_id == consent_id)
        .order_by(grant.c.grant_id)
    )
    return [_grant(row) for row in rows]


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        owner=OwnerId(row.owner_id),
        grant_id=row.grant_id,
        consent_id=ConsentId(row.consent_id),
        client_id=row.client_id,
        recipient_id=RecipientId(row.recipient_id),
        state=GrantState(row.state),
        is_recurring=row.is_recurring,
        expires_at=row.expires_at,
    )


def end(work: Work, owner: OwnerId, grant_id: UUID) -> bool:
    """End a grant: its codes and tokens are dead once this unit of work commits.

    Bumps the person's fence, so that a disclosure decided before does not commit
    after. Returns False if the grant had ended already. Whoever orders the end
    records it in the log.
    """
    return _end(work, owner, grant.c.grant_id == grant_id) == 1


def end_of_consent(work: Work, owner: OwnerId, consent_id: ConsentId) -> int:
    """End every grant of a consent, at its withdrawal or end; return how many."""
    return _end(work, owner, grant.c.consent_id == consent_id)


def set_end(
    work: Work, owner: OwnerId, consent_id: ConsentId, expires_at: datetime
) -> None:
    """Let the grants of a consent and their refresh tokens end with it from now on.

    An access token keeps its own short end. Whoever changes the consent bumps the
    fence and records it.
    """
    active = update(grant).where(
        grant.c.owner_id == owner,
        grant.c.consent_id == consent_id,
        grant.c.state == GrantState.ACTIVE,
    )
    changed = active.values(expires_at=expires_at).returning(grant.c.grant_id)
    ids = list(work.connection.execute(changed).scalars())
    refreshing = update(token).where(
        token.c.owner_id == owner,
        token.c.grant_id.in_(ids),
        token.c.kind == _REFRESH,
        token.c.revoked_at.is_(None),
    )
    ended = refreshing.values(expires_at=expires_at).returning(token.c.token_hash)
    hashes = list(work.connection.execute(ended).scalars())
    routes = update(token_route).where(token_route.c.token_hash.in_(hashes))
    work.connection.execute(routes.values(expires_at=expires_at))


def _end(work: Work, owner: OwnerId, which: ColumnElement[bool]) -> int:
    ended = work.connection.execute(
        update(grant)
        .where(grant.c.owner_id == owner, grant.c.state == GrantState.ACTIVE, which)
        .values(state=GrantState.ENDED, ended_at=work.now)
        .returning(grant.c.grant_id)
    ).scalars()
    ids = list(ended)
    for grant_id in ids:
        work.connection.execute(
            update(token)
            .where(
                token.c.owner_id == owner,
                token.c.grant_id == grant_id,
                token.c.revoked_at.is_(None),
            )
            .values(revoked_at=work.now)
        )
    if ids:
        person.bump_fence(work, owner)
    return len(ids)
