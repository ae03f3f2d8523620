"""The rows of keys; everything here runs in the caller's transaction."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from pds.core.clock import from_millis
from pds.core.database import Prepared
from pds.core.ids import OwnerId
from pds.crypto.providers import Wrapped
from pds.crypto.wrap import WRAP_SIZE, WrapPlace
from pds.keys.classes import HolderKind, KeyState
from pds.keys.tables import owner_key, owner_key_wrap


class KeyRow(NamedTuple):
    """A key with the bank's wrap of it; the wrap is None when there is none."""

    generation: int
    state: int
    commitment: bytes
    enc_reserved: int
    destroy_after: datetime | None
    hold: int
    alg: int
    kek_version: int
    wrapped: bytes | None


_k, _w = owner_key.c, owner_key_wrap.c
_joined = owner_key.outerjoin(
    owner_key_wrap,
    and_(
        _w.owner_id == _k.owner_id,
        _w["class"] == _k["class"],
        _w.generation == _k.generation,
        _w.holder_kind == bindparam("kind"),
    ),
)
COLUMNS = (
    _k.generation,
    _k.state,
    _k.commitment,
    _k.enc_reserved,
    _k.destroy_after,
    _k.hold,
    _w.alg,
    _w.kek_version,
    _w.wrapped,
)
"""The columns of a `KeyRow`, for statements that read a key beside other things."""
_columns = select(*COLUMNS).select_from(_joined)
_of_owner = and_(
    _k.owner_id == bindparam("owner"), _k["class"] == bindparam("key_class")
)
_ONE = Prepared(_columns.where(_of_owner, _k.generation == bindparam("generation")))
_ACTIVE_ROWS = (
    # Said as a literal: SQLite prepares a statement anew at every use when a bound
    # value might decide whether a partial index fits, and that costs ten times more.
    _columns.where(
        _of_owner, _k.state == literal_column(str(int(KeyState.ACTIVE)))
    ).order_by(_k.generation.desc())
)
_ACTIVE = Prepared(_ACTIVE_ROWS)
_HELD = Prepared(_ACTIVE_ROWS.with_for_update(of=owner_key))


def with_active(
    other: FromClause, owner: ColumnElement[Any], key_class: int
) -> FromClause:
    """Join the active keys of an owner to other tables; `row_of` reads `COLUMNS`.

    Where there are several, order by the generation to have the newest first.
    """
    return other.outerjoin(
        owner_key,
        and_(
            _k.owner_id == owner,
            _k["class"] == literal_column(str(int(key_class))),
            _k.state == literal_column(str(int(KeyState.ACTIVE))),
        ),
    ).outerjoin(
        owner_key_wrap,
        and_(
            _w.owner_id == _k.owner_id,
            _w["class"] == _k["class"],
            _w.generation == _k.generation,
            _w.holder_kind == literal_column(str(int(HolderKind.BANK))),
        ),
    )


def key_row(
    connection: Connection, owner: OwnerId, key_class: int, generation: int
) -> KeyRow | None:
    """Return one generation in whatever state."""
    return _row(
        _ONE.one(
            connection,
            owner=owner.bytes,
            key_class=int(key_class),
            generation=generation,
            kind=int(HolderKind.BANK),
        )
    )


def active_row(connection: Connection, owner: OwnerId, key_class: int) -> KeyRow | None:
    """Return the newest active generation."""
    return _row(
        _ACTIVE.one(
            connection,
            owner=owner.bytes,
            key_class=int(key_class),
            kind=int(HolderKind.BANK),
        )
    )


def held_row(connection: Connection, owner: OwnerId, key_class: int) -> KeyRow | None:
    """Return the newest active generation, and keep it active in this transaction.

    So whoever seals under it has committed before another generation follows, and
    nothing is sealed under a generation that is about to be destroyed.
    """
    for _ in range(2):
        found = _HELD.one(
            connection,
            owner=owner.bytes,
            key_class=int(key_class),
            kind=int(HolderKind.BANK),
        )
        if found is not None:
            return row_of(found)
        # Another transaction, which was waited for, may have opened the next one.
    return None


def row_of(raw: tuple[object, ...]) -> KeyRow:
    """Return the row whose `COLUMNS` a driver gave."""
    row = KeyRow(*raw)  # type: ignore[arg-type]  # driver values
    until = row.destroy_after
    if isinstance(until, int):
        row = row._replace(destroy_after=from_millis(until))
    return row


def _row(raw: tuple[object, ...] | None) -> KeyRow | None:
    return None if raw is None else row_of(raw)


def last_generation(connection: Connection, owner: OwnerId, key_class: int) -> int:
    """Return the highest generation there ever was, or 0."""
    found = connection.execute(
        select(func.max(_k.generation)).where(*_is(owner, key_class))
    ).scalar()
    return int(found or 0)


def last_row(connection: Connection, owner: OwnerId, key_class: int) -> KeyRow | None:
    """Return the newest generation in whatever state."""
    last = last_generation(connection, owner, key_class)
    return key_row(connection, owner, key_class, last) if last else None


def retire_active(connection: Connection, owner: OwnerId, key_class: int) -> None:
    """Let the active generation only decrypt."""
    connection.execute(
        update(owner_key)
        .where(*_is(owner, key_class), _k.state == KeyState.ACTIVE)
        .values(state=KeyState.DECRYPT_ONLY)
    )


def retire_one(connection: Connection, place: WrapPlace) -> bool:
    """Let one generation only decrypt; say whether it was still active."""
    done = connection.execute(
        update(owner_key)
        .where(*of_place(place), _k.state == KeyState.ACTIVE)
        .values(state=KeyState.DECRYPT_ONLY)
    )
    return done.rowcount > 0


def hold(
    connection: Connection, owner: OwnerId, key_class: int, bit: int, *, held: bool
) -> bool:
    """Set one bit of the hold of every generation that is left, or clear it.

    Returns:
        Whether any generation had it otherwise before.
    """
    bits = _k.hold.bitwise_or(bit) if held else _k.hold.bitwise_and(~bit)
    done = connection.execute(
        update(owner_key)
        .where(*_is(owner, key_class), _k.state != KeyState.DESTROYED, _k.hold != bits)
        .values(hold=bits)
    )
    return done.rowcount > 0


def insert_key(
    connection: Connection,
    place: WrapPlace,
    commitment: bytes,
    wrapped: Wrapped,
    *,
    now: datetime,
    until: datetime | None,
) -> None:
    """Write a new active key and the bank's wrap of it."""
    owner = _uuid(place)
    same = {"class": int(place.key_class), "generation": place.generation}
    connection.execute(
        insert(owner_key),
        {
            **same,
            "owner_id": owner,
            "state": KeyState.ACTIVE,
            "commitment": commitment,
            "enc_reserved": 0,
            "destroy_after": until,
            "created_at": now,
        },
    )
    connection.execute(
        insert(owner_key_wrap),
        {
            **same,
            "owner_id": owner,
            "wrap_no": 0,
            "alg": wrapped.alg,
            "holder_kind": HolderKind.BANK,
            "kek_version": wrapped.kek_version,
            "wrapped": wrapped.blob,
        },
    )


def destroy(connection: Connection, place: WrapPlace) -> None:
    """Overwrite and delete all wraps of a key and mark it destroyed."""
    wrap_at = (
        _w.owner_id == _uuid(place),
        _w["class"] == place.key_class,
        _w.generation == place.generation,
    )
    connection.execute(
        update(owner_key_wrap).where(*wrap_at).values(wrapped=bytes(WRAP_SIZE))
    )
    connection.execute(delete(owner_key_wrap).where(*wrap_at))
    connection.execute(
        update(owner_key).where(*of_place(place)).values(state=KeyState.DESTROYED)
    )


def _uuid(place: WrapPlace) -> UUID:
    return UUID(bytes=place.owner)


def _is(owner: OwnerId, key_class: int) -> tuple[ColumnElement[bool], ...]:
    return _k.owner_id == owner, _k["class"] == key_class


def of_place(place: WrapPlace) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that find the row of one generation of a key."""
    owner = OwnerId(_uuid(place))
    return (*_is(owner, place.key_class), _k.generation == place.generation)
