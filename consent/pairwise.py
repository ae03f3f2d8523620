"""Pairwise names: what a recipient knows a person by; another at each recipient.

Sixteen random bytes, kept, never computed: erasure deletes them and then nobody, the
bank included, can say who it was.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from audit.work import Work
from consent.tables import pairwise, subject_route
from pds.core.database import Prepared, Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId, RecipientId

SIZE = 16
_FORM = re.compile(r"[A-Za-z0-9_-]{22}\Z", re.ASCII)

_FIND = Prepared(
    select(pairwise.c.pairwise).where(
        pairwise.c.owner_id == bindparam("owner"),
        pairwise.c.recipient_id == bindparam("recipient"),
    )
)


def for_recipient(work: Work, owner: OwnerId, recipient_id: RecipientId) -> str:
    """Return the person's name at a recipient; make one if there is none."""
    return write(raw(work, owner, recipient_id))


def raw(work: Work, owner: OwnerId, recipient_id: RecipientId) -> bytes:
    """Return the 16 bytes of that name; make one if there is none."""
    found = _find(work, owner, recipient_id)
    if found is not None:
        return found
    name = work.ids.secret(SIZE)
    row = {"owner_id": owner, "recipient_id": recipient_id, "pairwise": name}
    work.connection.execute(insert(pairwise).values(**row, made_at=work.now))
    work.connection.execute(insert(subject_route).values(row))
    return name


def find(snap: Snapshot, owner: OwnerId, recipient_id: RecipientId) -> str:
    """Return the person's name at a recipient.

    Raises:
        NotFound: `consent.no-pairwise`; the recipient does not know the person.
    """
    found = _find(snap, owner, recipient_id)
    if found is None:
        raise NotFound("consent.no-pairwise", "The recipient does not know them.")
    return write(found)


def resolve(snap: Snapshot, recipient_id: RecipientId, name: str) -> OwnerId | None:
    """Return whom a recipient means; None for a malformed or unknown name alike."""
    found = read(name)
    if found is None:
        return None
    query = select(subject_route.c.owner_id).where(
        subject_route.c.recipient_id == recipient_id,
        subject_route.c.pairwise == found,
    )
    owner = snap.connection.execute(query).scalar()
    return None if owner is None else OwnerId(owner)


def forget(work: Work, owner: OwnerId) -> int:
    """Delete all pairwise names of a person, for erasure; return how many."""
    mine = select(pairwise).where(pairwise.c.owner_id == owner)
    rows = work.connection.execute(mine).all()
    for row in rows:
        work.connection.execute(
            delete(subject_route).where(
                subject_route.c.recipient_id == row.recipient_id,
                subject_route.c.pairwise == row.pairwise,
            )
        )
    work.connection.execute(delete(pairwise).where(pairwise.c.owner_id == owner))
    return len(rows)


def _find(snap: Snapshot, owner: OwnerId, recipient_id: str) -> bytes | None:
    row: Any = _FIND.one(snap.connection, owner=owner.bytes, recipient=recipient_id)
    return None if row is None else bytes(row[0])


def read(name: str) -> bytes | None:
    """Return the bytes of a name as it was sent; None if it cannot be one of ours."""
    if _FORM.match(name) is None:
        return None
    found = urlsafe_b64decode(name + "==")
    return found if write(found) == name else None


def write(name: bytes) -> str:
    """Return a name as recipients see it."""
    return urlsafe_b64encode(name).rstrip(b"=").decode()
