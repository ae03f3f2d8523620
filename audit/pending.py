"""Leaves that are committed and wait for the integrator (PostgreSQL only).

The disclosing transaction puts its leaves here; the integrator takes them in order
under the head's lock and appends them in the same transaction, so that each stands
in exactly one place.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from audit import store
from audit.draft import LeafDraft
from audit.tables import log_pending
from pds.core import postgres
from pds.core.clock import from_millis
from pds.core.database import Prepared

_PUT = Prepared(
    insert(log_pending)
    .inline()
    .values(
        id=bindparam("id"),
        sub=bindparam("sub"),
        prefix=bindparam("prefix"),
        suffix=bindparam("suffix"),
    )
)
_OLDEST = (
    select(log_pending.c.no)
    .order_by(log_pending.c.no)
    .limit(bindparam("most"))
    .offset(literal_column("0"))
)
_TAKE = Prepared(
    delete(log_pending)
    .where(log_pending.c.no.in_(_OLDEST))
    .returning(*log_pending.columns)
)


def steps(drafts: Sequence[LeafDraft]) -> list[postgres.Step]:
    """Return the statements that leave drafts to the integrator."""
    rows = [
        {"id": each.id, "sub": each.sub, "prefix": each.prefix, "suffix": each.suffix}
        for each in drafts
    ]
    return [(_PUT.on_postgres, row) for row in rows]


def take(connection: Connection, most: int) -> list[LeafDraft]:
    """Take the oldest drafts out; they go back if the transaction is rolled back."""
    rows = sorted(_TAKE.all(connection, most=most))
    return [LeafDraft(leaf_id, sub, *rest) for _no, leaf_id, sub, *rest in rows]


def holds(connection: Connection, leaf_id: bytes) -> bool:
    """Say whether a leaf is waiting here."""
    query = select(log_pending.c.no).where(log_pending.c.id == leaf_id)
    return connection.execute(query).first() is not None


def is_committed(connection: Connection, leaf_id: bytes) -> bool:
    """Say whether a leaf waits here or stands in the tree.

    Asked in this order, since a leaf only ever goes that way.
    """
    return holds(connection, leaf_id) or store.holds(connection, leaf_id)


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many leaves wait, and when the oldest of them was made."""
    count = connection.scalar(select(func.count()).select_from(log_pending)) or 0
    query = select(log_pending.c.id).order_by(log_pending.c.no).limit(1)
    oldest = connection.scalar(query)
    if oldest is None:
        return count, None
    # The first 48 bits of a UUIDv7 are its moment.
    return count, from_millis(int.from_bytes(bytes(oldest)[:6], "big"))
