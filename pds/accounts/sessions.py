"""Sessions: kept on the server, found by the hash of a token that the holder carries.

A session ends for good after its absolute time, and before that when it lies idle, when
it is closed, or when its account is. Proving again who is there gives a new token and a
new moment of login, but never more absolute time.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update

from audit.work import Work
from pds.accounts import access
from pds.accounts.roles import Role
from pds.accounts.tables import account, session
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden
from pds.core.ids import AccountId, OwnerId
from pds.crypto.tokens import hash_of_text, token_hash, token_text

PASSWORD: Final = ("pwd",)
"""`amr` of a login by password alone (RFC 8176, section 2)."""
ONE_FACTOR: Final = "aal1"
"""`acr` of a login by one factor (NIST SP 800-63B, authenticator assurance level)."""
TWO_FACTORS: Final = "aal2"
"""`acr` of a login by two factors: a passkey with user verification is both."""

TOUCH_AFTER: Final = timedelta(minutes=1)
"""How old `last_seen_at` may be before it is written again."""


class Kind(StrEnum):
    """Whose session it is; staff sessions are shorter."""

    PERSON = "person"
    STAFF = "staff"


ABSOLUTE: Final = {Kind.PERSON: timedelta(hours=12), Kind.STAFF: timedelta(hours=8)}
IDLE: Final = {Kind.PERSON: timedelta(minutes=30), Kind.STAFF: timedelta(minutes=15)}


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is alive at the moment of the read that found it.

    Attributes:
        token_hash: its key; the token itself is kept nowhere.
        account_id: whose session it is.
        role: the account's role.
        kind: which limits hold.
        auth_time: moment of the last proof of identity (OpenID Connect `auth_time`).
        acr: level of that proof.
        amr: methods of that proof.
        created_at: moment of the first login.
        last_seen_at: last use, to a minute.
        expires_at: absolute end.
    """

    token_hash: bytes
    account_id: AccountId
    role: Role
    kind: Kind
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime

    @property
    def owner(self) -> OwnerId | None:
        """The person whose session this is; None for every other role."""
        return OwnerId(self.account_id) if self.role is Role.PERSON else None

    @property
    def reference(self) -> str:
        """A name for lists and addresses, from which its key cannot be had."""
        return hmac.digest(self.token_hash, b"session", "sha256").hex()[:32]

    def needs_touch(self, now: datetime) -> bool:
        """Say whether it is time to note that the session is in use."""
        return now - self.last_seen_at >= TOUCH_AFTER


def open_session(
    work: Work,
    account_id: AccountId,
    *,
    amr: Sequence[str] = PASSWORD,
    acr: str = ONE_FACTOR,
) -> str:
    """Open a session for an account whose holder has proved it; return its token.

    Sessions of the account that have ended are deleted on the way.

    Raises:
        Forbidden: `accounts.closed`: there is no such account, it is closed, or its
            time is over.
    """
    kind = _kind(_active_role(work, account_id))
    work.connection.execute(
        delete(session).where(
            session.c.account_id == account_id, session.c.expires_at <= work.now
        )
    )
    return _insert(
        work,
        account_id=account_id,
        kind=kind,
        acr=acr,
        amr=" ".join(amr),
        created_at=work.now,
        expires_at=work.now + ABSOLUTE[kind],
    )


def find(snap: Snapshot, token: str) -> Session | None:
    """Return the session of a token if it is alive, else None."""
    key = hash_of_text(token)
    if key is None:
        return None
    wanted = (
        select(session, account.c.role)
        .join_from(session, account)
        .where(
            session.c.token_hash == key,
            session.c.revoked_at.is_(None),
            access.is_usable(snap.now),
        )
    )
    row = snap.connection.execute(wanted).first()
    found = None if row is None else _session(row)
    return found if found is not None and _is_alive(found, snap.now) else None


def of_account(snap: Snapshot, account_id: AccountId) -> list[Session]:
    """Return the sessions of an account that are alive, last used first."""
    wanted = (
        select(session, account.c.role)
        .join_from(session, account)
        .where(session.c.account_id == account_id, session.c.revoked_at.is_(None))
        .order_by(session.c.last_seen_at.desc(), session.c.token_hash)
    )
    found = map(_session, snap.connection.execute(wanted))
    return [each for each in found if _is_alive(each, snap.now)]


def touch(work: Work, found: Session) -> None:
    """Note that a session is in use; once a minute is enough and more does nothing."""
    work.connection.execute(
        update(session)
        .where(_open(found), session.c.last_seen_at <= work.now - TOUCH_AFTER)
        .values(last_seen_at=work.now)
    )


def reauthenticate(
    work: Work,
    found: Session,
    *,
    amr: Sequence[str] = PASSWORD,
    acr: str = ONE_FACTOR,
) -> str:
    """Note that the holder proved again who is there; return the token from now on.

    The old token is dead at once. The absolute end stays.

    Raises:
        Conflict: `accounts.session-ended`: it was closed or renewed meanwhile.
    """
    if not _revoke(work, _open(found)):
        raise Conflict("accounts.session-ended", "The session ended meanwhile.")
    return _insert(
        work,
        account_id=found.account_id,
        kind=found.kind,
        acr=acr,
        amr=" ".join(amr),
        created_at=found.created_at,
        expires_at=found.expires_at,
    )


def close(work: Work, found: Session) -> None:
    """Close a session; twice is no error."""
    _revoke(work, _open(found))


def close_all(work: Work, account_id: AccountId) -> int:
    """Close every session of an account; return how many were open."""
    mine = session.c.account_id == account_id
    return _revoke(work, and_(mine, session.c.revoked_at.is_(None)))


def close_others(work: Work, found: Session) -> int:
    """Close every other session of the account; return how many were open."""
    return close_all_but(work, found.account_id, found.token_hash)


def close_all_but(work: Work, account_id: AccountId, kept: bytes) -> int:
    """Close every session of an account but the one with this key."""
    return _revoke(
        work,
        and_(
            session.c.account_id == account_id,
            session.c.token_hash != kept,
            session.c.revoked_at.is_(None),
        ),
    )


def _open(found: Session) -> ColumnElement[bool]:
    return and_(
        session.c.token_hash == found.token_hash, session.c.revoked_at.is_(None)
    )


def _revoke(work: Work, which: ColumnElement[bool]) -> int:
    done = work.connection.execute(
        update(session).where(which).values(revoked_at=work.now)
    )
    return done.rowcount


def _insert(work: Work, **values: Any) -> str:
    secret = work.ids.secret()
    work.connection.execute(
        insert(session).values(
            token_hash=token_hash(secret),
            auth_time=work.now,
            last_seen_at=work.now,
            **values,
        )
    )
    return token_text(secret)


def _active_role(work: Work, account_id: AccountId) -> Role:
    role = work.connection.execute(
        select(account.c.role).where(
            account.c.account_id == account_id, access.is_usable(work.now)
        )
    ).scalar()
    if role is None:
        raise Forbidden("accounts.closed", "The account is closed.")
    return Role(role)


def _kind(role: Role) -> Kind:
    return Kind.PERSON if role is Role.PERSON else Kind.STAFF


def _is_alive(found: Session, now: datetime) -> bool:
    is_idle = now - found.last_seen_at >= IDLE[found.kind]
    return now < found.expires_at and not is_idle


def _session(row: Row[Any]) -> Session:
    return Session(
        token_hash=bytes(row.token_hash),
        account_id=AccountId(row.account_id),
        role=Role(row.role),
        kind=Kind(row.kind),
        auth_time=row.auth_time,
        acr=row.acr,
        amr=tuple(row.amr.split()),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
    )
