"""How many encryptions of a key are spoken for; in the caller's transaction."""

from sqlalchemy import Connection, case, literal, update

from pds.crypto.wrap import WrapPlace
from pds.keys import store
from pds.keys.classes import KeyState
from pds.keys.tables import owner_key

_k = owner_key.c


def reserve(
    connection: Connection, place: WrapPlace, block: int, limit: int, *, used: int = 0
) -> int | None:
    """Reserve encryptions of an active key; None if it is not active or used up.

    Args:
        connection: where it is written.
        place: which key.
        block: how many.
        limit: how many there may be.
        used: up to where a reservation went that the row may have lost.
    """
    known = literal(used, _k.enc_reserved.type)
    before = case((_k.enc_reserved < known, known), else_=_k.enc_reserved)
    found = connection.execute(
        update(owner_key)
        .where(
            *store.of_place(place),
            _k.state == KeyState.ACTIVE,
            before + block <= limit,
        )
        .values(enc_reserved=before + block)
        .returning(_k.enc_reserved)
    ).scalar()
    return None if found is None else int(found)
