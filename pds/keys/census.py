"""How many keys there are, by class and state, and how far they are used.

Reads every key: for commands, never on the path of a request.
"""

from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from pds.keys.classes import FIRST_FAMILY, KeyState
from pds.keys.keyring import ROTATE_AT
from pds.keys.tables import owner_key

NEAR = ROTATE_AT // 10 * 9
"""Encryptions from which on a key counts as near its limit."""


class Generations(NamedTuple):
    """Keys of one class in one state.

    Attributes:
        key_class: number of the class; all data categories count as the first.
        state: what they may still do.
        keys: how many there are.
        reserved: encryptions that were reserved under them together.
        near: how many have reserved nine tenths of what a generation may do.
    """

    key_class: int
    state: KeyState
    keys: int
    reserved: int
    near: int


def generations(connection: Connection) -> list[Generations]:
    """Return all keys, counted by class and state."""
    k = owner_key.c
    kind = case((k["class"] >= FIRST_FAMILY, FIRST_FAMILY), else_=k["class"])
    is_near = case((k.enc_reserved >= NEAR, 1), else_=0)
    rows = connection.execute(
        select(kind, k.state, func.count(), func.sum(k.enc_reserved), func.sum(is_near))
        .group_by(kind, k.state)
        .order_by(kind, k.state)
    )
    return [
        Generations(key_class, KeyState(state), count, int(reserved), int(near))
        for key_class, state, count, reserved, near in rows
    ]
