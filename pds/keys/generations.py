"""Generations of data keys that are to give way, and which ones they are.

A generation gives way when it has sealed as much as one may, or was marked so after a
database was put back. The next write opens the following one; what the old one sealed
is sealed anew, and then it is destroyed. Keys of accounts, of records and of raw
originals are replaced so; consent evidence and log entries end with their own keys.
"""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, select

from pds.core.database import Prepared, Snapshot
from pds.core.ids import OwnerId
from pds.keys.classes import KeyState
from pds.keys.tables import IS_REPLACED, owner_key

_k = owner_key.c


class Old(NamedTuple):
    """A generation that has to go.

    Attributes:
        key_class: number of its class.
        generation: its number.
        commitment: to the key.
        state: active until the next one is opened, then for decrypting only.
    """

    key_class: int
    generation: int
    commitment: bytes
    state: int


_DUE = Prepared(
    select(_k.owner_id, _k.commitment)
    .where(IS_REPLACED, _k.hold == literal_column("0"))
    .where(_k.commitment > bindparam("after"))
    .order_by(_k.commitment)
    .limit(bindparam("size"))
    .offset(literal_column("0"))
)


def due(snap: Snapshot, after: bytes, limit: int) -> list[tuple[bytes, bytes]]:
    """Return owners of keys that have to go, with the keys' commitments.

    In the order of commitments, which says nothing of whose they are; an owner may
    come more than once.
    """
    return _DUE.all(snap.connection, after=after, size=limit)


def old(connection: Connection, owner: OwnerId) -> list[Old]:
    """Return the generations of a person that have to go and that nothing holds."""
    rows = connection.execute(
        select(_k["class"], _k.generation, _k.commitment, _k.state)
        .where(_k.owner_id == owner, IS_REPLACED, _k.hold == 0)
        .order_by(_k["class"], _k.generation)
    )
    return [Old(*row) for row in rows]


def is_closed(one: Old) -> bool:
    """Say whether nothing is sealed under it any more."""
    return one.state == KeyState.DECRYPT_ONLY
