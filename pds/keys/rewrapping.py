"""Wrapping keys anew by the current version of the key-encryption key.

Rows are read in a snapshot, wrapped and checked outside any transaction, and written
where they still are what was read. So two runs at once, a key that is destroyed
meanwhile, and a run that was killed all end well: a row is changed once, from the older
version to the newer, or not at all. A key whose wrap does not open to the committed key
keeps the wrap that it has.
"""

from collections.abc import Iterator, Sequence
from hmac import compare_digest
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, literal_column, select, tuple_

from pds.core.database import Prepared, Snapshot, is_sqlite
from pds.crypto.datakey import commitment_of
from pds.crypto.errors import EnvelopeError
from pds.crypto.providers import KeyProvider, Wrapped
from pds.crypto.wrap import WrapPlace
from pds.keys.classes import HolderKind
from pds.keys.tables import owner_key, owner_key_wrap

BATCH = 1_000
"""Wraps that one unit of work replaces; a few milliseconds."""


class Wrap(NamedTuple):
    """The bank's wrap of a key, as it is stored.

    Attributes:
        kek_version: version by which it is wrapped.
        owner: the owner's 16 bytes.
        key_class: number of the key's class.
        generation: of the key.
        wrap_no: number of the wrap.
        alg: of the wrap.
        wrapped: the wrap itself.
        commitment: to the key that must be in it.
    """

    kek_version: int
    owner: bytes
    key_class: int
    generation: int
    wrap_no: int
    alg: int
    wrapped: bytes
    commitment: bytes

    @property
    def place(self) -> tuple[int, bytes, int, int, int]:
        """Where it stands in the order of work."""
        return self[:5]


class Change(NamedTuple):
    """A wrap and what is to stand in its place."""

    old: Wrap
    new: Wrapped


_w, _k = owner_key_wrap.c, owner_key.c
_ORDER = (_w.kek_version, _w.owner_id, _w["class"], _w.generation, _w.wrap_no)
_START = (0, bytes(16), 0, 0, -1)
_same = and_(
    _k.owner_id == _w.owner_id,
    _k["class"] == _w["class"],
    _k.generation == _w.generation,
)
_OLDER = Prepared(
    select(*_ORDER, _w.alg, _w.wrapped, _k.commitment)
    .select_from(owner_key_wrap.join(owner_key, _same))
    .where(
        _w.holder_kind == literal_column(str(int(HolderKind.BANK))),
        _w.kek_version < bindparam("current"),
        # Follows from the next condition, but this one finds the place in the index.
        _w.kek_version >= bindparam("version"),
        tuple_(*_ORDER)
        > tuple_(
            *(
                bindparam(name, type_=column.type)
                for name, column in zip(
                    ("version", "owner", "key_class", "generation", "wrap_no"),
                    _ORDER,
                    strict=True,
                )
            )
        ),
    )
    .order_by(*_ORDER)
    # SQLAlchemy would bind an offset of its own beside a bound limit.
    .limit(bindparam("size"))
    .offset(literal_column("0"))
)
_SQLITE = """
    UPDATE owner_key_wrap SET alg = ?, kek_version = ?, wrapped = ?
    WHERE owner_id = ? AND class = ? AND generation = ? AND wrap_no = ?
      AND kek_version = ? AND wrapped = ?
"""
_POSTGRES = """
    UPDATE owner_key_wrap AS w SET alg = u.alg, kek_version = u.new, wrapped = u.blob
    FROM unnest(%s::int[], %s::int[], %s::bytea[], %s::bytea[], %s::int[], %s::bigint[],
                %s::int[], %s::int[], %s::bytea[])
      AS u(alg, new, blob, owner_id, class, generation, wrap_no, old, was)
    WHERE w.owner_id = u.owner_id AND w.class = u.class
      AND w.generation = u.generation AND w.wrap_no = u.wrap_no
      AND w.kek_version = u.old AND w.wrapped = u.was
"""


def older(
    snap: Snapshot, current: int, after: Wrap | None, *, limit: int = BATCH
) -> list[Wrap]:
    """Return wraps by versions older than the current one, behind one of them."""
    version, owner, key_class, generation, wrap_no = (
        _START if after is None else after.place
    )
    rows = _OLDER.all(
        snap.connection,
        current=current,
        version=version,
        owner=owner,
        key_class=key_class,
        generation=generation,
        wrap_no=wrap_no,
        size=limit,
    )
    return [Wrap(*row) for row in rows]


def rewrapped(provider: KeyProvider, wraps: Sequence[Wrap]) -> list[Change]:
    """Wrap keys anew, and keep what opens to the committed key again.

    Reaches no database; a provider elsewhere may take its time.

    Raises:
        KeyProviderError: the provider does not answer.
    """
    return [
        change for change in _attempted(provider, wraps) if _is_sound(provider, change)
    ]


def replace(connection: Connection, changes: Sequence[Change]) -> int:
    """Store new wraps where the old ones still stand; return how many."""
    rows = [
        (new.alg, new.kek_version, new.blob, *old.place[1:], old.kek_version, was)
        for old, new in changes
        for was in (old.wrapped,)
        if new.kek_version > old.kek_version
    ]
    if not rows:
        return 0
    driver: Any = connection.connection.driver_connection
    if is_sqlite(connection):
        return int(driver.executemany(_SQLITE, rows).rowcount)
    columns = [list(column) for column in zip(*rows, strict=True)]
    return int(driver.execute(_POSTGRES, columns).rowcount)


def _attempted(provider: KeyProvider, wraps: Sequence[Wrap]) -> Iterator[Change]:
    items = [(_place(each), _stored(each)) for each in wraps]
    try:
        yield from map(Change, wraps, provider.rewrap_many(items))
    except EnvelopeError:
        # One that does not open must not keep the others from being wrapped anew.
        for each, item in zip(wraps, items, strict=True):
            try:
                (new,) = provider.rewrap_many([item])
            except EnvelopeError:
                continue
            yield Change(each, new)


def _is_sound(provider: KeyProvider, change: Change) -> bool:
    try:
        secret = provider.unwrap(_place(change.old), change.new)
    except EnvelopeError:
        return False
    return compare_digest(commitment_of(secret), change.old.commitment)


def _place(wrap: Wrap) -> WrapPlace:
    return WrapPlace(wrap.owner, wrap.key_class, wrap.generation)


def _stored(wrap: Wrap) -> Wrapped:
    return Wrapped(wrap.alg, wrap.kek_version, wrap.wrapped)
