"""Challenges of passkey ceremonies: random, short-lived, for one use in one place.

Each ceremony of a session, or of a stranger's browser, has at most one open challenge;
asking again replaces it. Source: Web Authentication Level 3, section 13.4.3.
"""

import hmac
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, select

from audit.work import Work
from pds.accounts.meeting import insertion
from pds.accounts.tables import webauthn_challenge
from pds.core.errors import Conflict

LIFETIME: Final = timedelta(minutes=5)
"""How long a challenge may be answered."""


class CeremonyKind(StrEnum):
    """What a challenge may be used for; no other use is accepted."""

    LOG_IN = "log-in"
    CONFIRM = "confirm"
    REGISTER = "register"


def issue(work: Work, kind: CeremonyKind, binding: bytes) -> bytes:
    """Return a new challenge; an open one of the same ceremony is dead.

    Args:
        work: the unit of work.
        kind: what it is for.
        binding: 32 bytes that only the session, or the stranger's browser, leads to.
    """
    challenge = work.ids.secret()
    table = webauthn_challenge
    work.connection.execute(delete(table).where(table.c.expires_at <= work.now))
    values = {
        "challenge_hash": sha256(challenge).digest(),
        "expires_at": work.now + LIFETIME,
    }
    work.connection.execute(
        insertion(work.connection, table)
        .values(binding=binding, kind=kind, **values)
        .on_conflict_do_update(index_elements=["binding", "kind"], set_=values)
    )
    return challenge


def spend(work: Work, kind: CeremonyKind, binding: bytes, challenge: bytes) -> None:
    """Use a challenge up; of several at once exactly one succeeds.

    Raises:
        Conflict: `passkey.challenge`: used, expired, replaced, of another ceremony or
            of another session.
    """
    table = webauthn_challenge
    here = (table.c.binding == binding) & (table.c.kind == kind)
    kept = work.connection.execute(
        select(table.c.challenge_hash).where(here, table.c.expires_at > work.now)
    ).scalar()
    digest = sha256(challenge).digest()
    if kept is None or not hmac.compare_digest(bytes(kept), digest):
        raise Conflict("passkey.challenge", "The challenge is not open here.")
    done = work.connection.execute(
        delete(table).where(here, table.c.challenge_hash == digest)
    )
    if not done.rowcount:
        raise Conflict("passkey.challenge", "Somebody else was faster.")


def discard(work: Work, kind: CeremonyKind, binding: bytes) -> None:
    """Close a ceremony whose answer was no good; none open is no error."""
    table = webauthn_challenge
    work.connection.execute(
        delete(table).where(table.c.binding == binding, table.c.kind == kind)
    )
