"""The keyring: makes, opens, uses and destroys owner keys.

A key's state is read from its row each time, so that a destroyed key is refused at once
by every process whatever it has cached; only the opened cipher objects are cached.
"""

import time
from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import Connection

from pds.core.ids import Ids, OwnerId
from pds.crypto.datakey import KEY_SIZE, DataKey
from pds.crypto.envelope import Sealer, place_tail
from pds.crypto.errors import EnvelopeError
from pds.crypto.providers import KeyProvider, Wrapped
from pds.crypto.wrap import WrapPlace
from pds.keys import reservations, store, versions
from pds.keys.cache import Counters, KeyCache
from pds.keys.classes import KeyClass, KeyState, is_known
from pds.keys.errors import KeyHeld, KeyUnavailable
from pds.keys.open_key import OpenKey
from pds.keys.store import KeyRow

ROTATE_AT = 2**31
"""Encryptions after which `ensure` opens a new generation."""
HARD_LIMIT = 2**32
"""Encryptions under random nonces that one key may ever do (SP 800-38D, 8.3)."""
BLOCK = 65_536
"""Encryptions that are reserved in the row at a time, before they are used."""
REMEMBERED = 60.0
"""Seconds for which a key stays open that another machine or a token unwrapped."""


class Keyring:
    """Opens owner keys through a key provider.

    Args:
        provider: wraps and unwraps data keys.
        ids: makes the random bytes of new keys.
        cache_size: how many opened keys are kept.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        provider: KeyProvider,
        ids: Ids,
        *,
        cache_size: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider = provider
        self._ids = ids
        # Whoever holds a KEK here could unwrap again at any time; elsewhere the keys
        # are soon out of reach once the token is pulled or the server sealed.
        max_age = REMEMBERED if provider.capabilities.is_remote else None
        self._cache = KeyCache(cache_size, max_age, monotonic)
        self._counters = Counters(cache_size)

    def create(
        self,
        connection: Connection,
        owner: OwnerId,
        key_class: int,
        *,
        now: datetime,
        destroy_after: datetime | None = None,
    ) -> OpenKey:
        """Make the next generation; the one before only decrypts from now on.

        Consent evidence is the exception: each consent has a generation of its own,
        and all of them stay active. Writing connections only.
        """
        if not is_known(key_class):
            raise ValueError("There is no such key class.")
        if key_class != KeyClass.CONSENT:
            store.retire_active(connection, owner, key_class)
        generation = store.last_generation(connection, owner, key_class) + 1
        secret = self._ids.secret(KEY_SIZE)
        place = WrapPlace(owner.bytes, key_class, generation)
        wrapped = self._provider.wrap(place, secret)
        versions.hold_for_wrap(connection, wrapped.kek_version)
        key = DataKey(secret)
        store.insert_key(
            connection, place, key.commitment, wrapped, now=now, until=destroy_after
        )
        sealer = Sealer(key, owner.bytes, generation)
        return OpenKey(owner, key_class, generation, key, destroy_after, sealer)

    def active(self, connection: Connection, owner: OwnerId, key_class: int) -> OpenKey:
        """Return the newest active generation.

        Raises:
            KeyUnavailable: there is none (never made, or destroyed).
        """
        row = store.active_row(connection, owner, key_class)
        if row is None:
            raise KeyUnavailable("keys.none", "There is no active key.")
        return self.opened(owner, key_class, row)

    def ensure(
        self, connection: Connection, owner: OwnerId, key_class: int, *, now: datetime
    ) -> OpenKey:
        """Return the active key; make one if there is none or it has been used much.

        Writing connections only. After an erasure no key is made again: the keys of
        a class whose last generation was destroyed stay destroyed.

        Raises:
            KeyUnavailable: the class was shredded.
        """
        row = store.held_row(connection, owner, key_class)
        if row is None:
            last = store.last_row(connection, owner, key_class)
            if last is not None and last.state == KeyState.DESTROYED:
                raise KeyUnavailable("keys.destroyed", "The key is destroyed.")
            until = None if last is None else last.destroy_after
            return self.create(
                connection, owner, key_class, now=now, destroy_after=until
            )
        if row.enc_reserved >= ROTATE_AT:
            return self._succeeded(connection, owner, key_class, row, now)
        return self.opened(owner, key_class, row)

    def open(
        self, connection: Connection, owner: OwnerId, key_class: int, generation: int
    ) -> OpenKey:
        """Return one generation, for reading.

        Raises:
            KeyUnavailable: it does not exist or is destroyed.
        """
        row = store.key_row(connection, owner, key_class, generation)
        if row is None:
            raise KeyUnavailable("keys.none", "There is no such key.")
        return self.opened(owner, key_class, row)

    def seal(
        self,
        connection: Connection,
        key: OpenKey,
        object_id: bytes | UUID,
        version: int,
        label: bytes,
        plaintext: bytes,
    ) -> bytes:
        """Return a suite 1 envelope and count the encryption.

        Raises:
            KeyUnavailable: the key may seal no more.
        """
        self._count(connection, key)
        return key.sealer.seal(_tail(object_id, version, label), plaintext)

    def seal_reserved(
        self, key: OpenKey, object_id: bytes, version: int, label: bytes, data: bytes
    ) -> bytes | None:
        """Seal by an encryption that this process has reserved; None if none is left.

        Writes nothing, so it needs no transaction; `seal` reserves the next block.
        """
        place = WrapPlace(key.owner.bytes, key.key_class, key.generation)
        if not self._counters.take(place):
            return None
        return key.sealer.seal(place_tail(object_id, version, label), data)

    def unseal(
        self,
        key: OpenKey,
        envelope: bytes,
        object_id: bytes | UUID,
        version: int,
        label: bytes,
    ) -> bytes:
        """Return the plaintext; raises EnvelopeError whatever is wrong."""
        return key.sealer.open(_tail(object_id, version, label), envelope)

    def retire(self, connection: Connection, owner: OwnerId, key_class: int) -> None:
        """Let the active generation only decrypt; the next use makes another."""
        store.retire_active(connection, owner, key_class)

    def hold(
        self,
        connection: Connection,
        owner: OwnerId,
        key_class: int,
        ground: int,
        *,
        held: bool,
    ) -> bool:
        """Forbid the destruction of what is left of a class on a ground, or lift that.

        Args:
            connection: where it is written.
            owner: whose keys.
            key_class: of which class.
            ground: number of the ground, from 0; destruction waits for all of them.
            held: whether it is forbidden.

        Returns:
            Whether that changed anything.
        """
        return store.hold(connection, owner, key_class, 1 << ground, held=held)

    def destroy(
        self, connection: Connection, owner: OwnerId, key_class: int, generation: int
    ) -> None:
        """Overwrite and delete every wrap of a key and mark it destroyed, for good.

        The commitment stays, for the certificate of erasure. Doing it twice is no
        error.

        Raises:
            KeyHeld: a legal hold forbids it.
        """
        row = store.key_row(connection, owner, key_class, generation)
        if row is not None and row.hold:
            raise KeyHeld("keys.held", "A legal hold forbids this.")
        place = WrapPlace(owner.bytes, key_class, generation)
        store.destroy(connection, place)
        self._cache.forget(place)

    def _succeeded(
        self,
        connection: Connection,
        owner: OwnerId,
        key_class: int,
        row: KeyRow,
        now: datetime,
    ) -> OpenKey:
        """Return the generation after a much used one, which many may ask for at once.

        Whoever retires the old one makes the next; the others wait for the row and
        then find what was made.
        """
        place = WrapPlace(owner.bytes, key_class, row.generation)
        is_first = key_class == KeyClass.CONSENT or store.retire_one(connection, place)
        if not is_first:
            return self.active(connection, owner, key_class)
        return self.create(
            connection, owner, key_class, now=now, destroy_after=row.destroy_after
        )

    def opened(self, owner: OwnerId, key_class: int, row: KeyRow) -> OpenKey:
        """Return the key of a row that was read in the caller's transaction.

        Raises:
            KeyUnavailable: it is destroyed.
        """
        if row.state == KeyState.DESTROYED or row.wrapped is None:
            raise KeyUnavailable("keys.destroyed", "The key is destroyed.")
        place = WrapPlace(owner.bytes, key_class, row.generation)
        self._counters.reconcile(place, row.enc_reserved)
        found = self._cache.get(place, row.wrapped)
        if found is None:
            found = self._unwrapped(place, row)
            self._cache.put(place, row.wrapped, found)
        key, sealer = found
        return OpenKey(owner, key_class, row.generation, key, row.destroy_after, sealer)

    def _unwrapped(self, place: WrapPlace, row: KeyRow) -> tuple[DataKey, Sealer]:
        wrapped = Wrapped(row.alg, row.kek_version, row.wrapped or b"")
        secret = self._provider.unwrap(place, wrapped)
        if len(secret) != KEY_SIZE:
            raise EnvelopeError
        key = DataKey(secret)
        if not compare_digest(key.commitment, row.commitment):
            raise EnvelopeError
        return key, Sealer(key, place.owner, place.generation)

    def _count(self, connection: Connection, key: OpenKey) -> None:
        place = WrapPlace(key.owner.bytes, key.key_class, key.generation)
        if self._counters.take(place):
            return
        used = self._counters.used(place)
        reserved = reservations.reserve(connection, place, BLOCK, HARD_LIMIT, used=used)
        if reserved is None:
            raise KeyUnavailable("keys.spent", "The key may seal no more.")
        self._counters.refill(place, reserved, BLOCK)


def _tail(object_id: bytes | UUID, version: int, label: bytes) -> bytes:
    raw = object_id.bytes if isinstance(object_id, UUID) else object_id
    return place_tail(raw, version, label)
