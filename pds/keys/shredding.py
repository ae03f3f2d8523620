"""Destroying the keys of a person together (FORMATS: class registry).

What a key sealed is lost with it everywhere, in copies too as soon as the
key-encryption key of its wraps is gone. Whoever orders it records it in the log.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from pds.core.ids import OwnerId
from pds.keys.classes import KeyState
from pds.keys.errors import KeyHeld
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key, owner_key_wrap


@dataclass(frozen=True, slots=True)
class Standing:
    """A key that is not destroyed.

    Attributes:
        commitment: 32 bytes by which the key could be recognised.
        kek_versions: versions of the key-encryption key under which it is wrapped.
    """

    key_class: int
    generation: int
    commitment: bytes
    kek_versions: tuple[int, ...]


def standing(connection: Connection, owner: OwnerId) -> list[Standing]:
    """Return the keys of a person that are not destroyed, by class and generation."""
    k, w = owner_key.c, owner_key_wrap.c
    same = and_(
        w.owner_id == k.owner_id,
        w["class"] == k["class"],
        w.generation == k.generation,
    )
    rows = connection.execute(
        select(k["class"], k.generation, k.commitment, w.kek_version)
        .select_from(owner_key.outerjoin(owner_key_wrap, same))
        .where(k.owner_id == owner, k.state != KeyState.DESTROYED)
        .order_by(k["class"], k.generation, w.wrap_no)
    )
    found: dict[tuple[int, int], Standing] = {}
    for key_class, generation, commitment, version in rows:
        before = found.get((key_class, generation))
        versions = () if before is None else before.kek_versions
        if version is not None:
            versions = tuple(sorted({*versions, version}))
        found[key_class, generation] = Standing(
            key_class, generation, bytes(commitment), versions
        )
    return list(found.values())


def is_held(connection: Connection, owner: OwnerId) -> bool:
    """Say whether any key of a person is on hold, on whatever ground."""
    held = select(owner_key.c.owner_id).where(
        owner_key.c.owner_id == owner,
        owner_key.c.state != KeyState.DESTROYED,
        owner_key.c.hold != 0,
    )
    return connection.execute(held.limit(1)).first() is not None


def require_not_held(connection: Connection, owner: OwnerId) -> None:
    """Refuse what would destroy keys of a person of whom something is on hold.

    A hold is set on the details of the log alone, but what it is for, a complaint, a
    dispute, an authority's order, needs the data as well.

    Raises:
        KeyHeld: `keys.held`.
    """
    if is_held(connection, owner):
        raise KeyHeld("keys.held", "A legal hold forbids this.")


def shred(
    connection: Connection,
    keys: Keyring,
    owner: OwnerId,
    which: Callable[[Standing], bool],
) -> list[Standing]:
    """Destroy the chosen keys of a person for good; return what they were.

    Raises:
        KeyHeld: a legal hold forbids one of them.
    """
    chosen = [each for each in standing(connection, owner) if which(each)]
    for each in chosen:
        keys.destroy(connection, owner, each.key_class, each.generation)
    return chosen
