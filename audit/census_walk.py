"""The walk of a census through the database, subject after subject, page by page.

Memory is one page and at most five bytes for each leaf. What it returns names no
subject.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, union

from audit import census_keys, detail, handle_index, store
from audit.census import Census, CensusFault, Difference, Places, leaf_fault, settle
from audit.commitment import subject_handle
from audit.detail import Detail
from audit.errors import VerificationError
from audit.handle_map import HandleMap
from audit.person import PersonState, state
from audit.subject import PROBE, k_sub
from audit.tables import log_detail, log_leaf, log_pending, person_state
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey
from pds.keys.tables import owner_key

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of a subject's audit key.

    Attributes:
        gen: its number.
        n: how many entries it has; None if no later generation says so.
        key: the key, None if it was destroyed.
    """

    gen: int
    n: int | None
    key: OpenKey | None

    def k_sub(self) -> bytes:
        """Return the key of the handles.

        Raises:
            ValueError: the audit key was destroyed.
        """
        if self.key is None:
            raise ValueError("The audit key was destroyed.")
        return k_sub(self.key)


@dataclass(frozen=True, slots=True)
class _Count:
    """What a census has come to, and what it holds handles against."""

    census: Census
    places: Places
    known: HandleMap


def take(snap: Snapshot, keys: Keyring) -> Census:
    """Take a census of the whole log on one snapshot (A-04, A-05)."""
    size = store.size(snap.connection)
    known = HandleMap(handle_index.every(snap.connection), size)
    count = _Count(Census(size=size), Places(size), known)
    for owner in owners(snap.connection):
        count.census.subjects += 1
        for generation in generations(snap, keys, owner):
            _count(snap, keys, owner, generation, count)
        census_keys.count(snap, keys, owner, count.census)
    settle(count.census, count.places)
    return count.census


def owners(connection: Connection) -> Iterator[OwnerId]:
    """Yield every subject of which the log, its details or its keys know."""
    audit_keys = owner_key.c["class"] == KeyClass.AUDIT
    known = union(
        select(person_state.c.owner_id),
        select(log_detail.c.owner_id),
        select(owner_key.c.owner_id).where(audit_keys),
    ).subquery()
    query = select(known.c.owner_id).order_by(known.c.owner_id).limit(_PAGE)
    page = list(connection.execute(query).scalars())
    while page:
        yield from map(OwnerId, page)
        after = query.where(known.c.owner_id > page[-1])
        page = list(connection.execute(after).scalars())


def generations(snap: Snapshot, keys: Keyring, owner: OwnerId) -> Iterator[Generation]:
    """Yield the generations of a subject, newest first, each with its final count.

    The count of the newest stands in the subject's state; each other one in the
    detail of the first entry of the generation after it.
    """
    try:
        told: tuple[int, int] | None = _present(state(snap, owner))
    except NotFound:
        told = None
    for gen in _numbers(snap.connection, owner):
        n = told[1] if told is not None and told[0] == gen else None
        try:
            key = keys.open(snap.connection, owner, KeyClass.AUDIT, gen)
        except KeyUnavailable:
            yield Generation(gen, n, None)
            told = None
            continue
        yield Generation(gen, n, key)
        told = _before(snap, keys, key)


def waiting(connection: Connection, handles: Sequence[bytes]) -> set[bytes]:
    """Return which of these entries are committed and have no place yet."""
    if not handles:
        return set()
    query = select(log_pending.c.sub).where(log_pending.c.sub.in_(handles))
    return {bytes(sub) for sub in connection.execute(query).scalars()}


def _present(present: PersonState) -> tuple[int, int]:
    return present.gen, present.n


def _numbers(connection: Connection, owner: OwnerId) -> list[int]:
    query = union(
        select(owner_key.c.generation).where(
            owner_key.c.owner_id == owner, owner_key.c["class"] == KeyClass.AUDIT
        ),
        select(log_detail.c.gen).where(log_detail.c.owner_id == owner),
    )
    return sorted(connection.execute(query).scalars(), reverse=True)


def _before(snap: Snapshot, keys: Keyring, key: OpenKey) -> tuple[int, int] | None:
    first = _details(snap.connection, keys, key, 0, 1).get(0)
    if first is None or "prev_gen" not in first.fields:
        return None
    return int(first.fields["prev_gen"]), int(first.fields["prev_n"])


def _count(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    generation: Generation,
    count: _Count,
) -> None:
    census = count.census
    gen, stored = generation.gen, _stored_details(snap.connection, owner, generation)
    if generation.key is None:
        census.destroyed[gen] = census.destroyed.get(gen, 0) + 1
        return
    census.generations += 1
    if generation.n is None:
        census.add(Difference(CensusFault.CHAIN, gen))
    n = stored if generation.n is None else generation.n
    walk = _Walk(snap.connection, keys, generation.key, count)
    for start in range(0, n, _PAGE):
        walk.entries(range(start, min(start + _PAGE, n)))
    for start in range(n, n + PROBE, _PAGE):
        walk.probe(range(start, min(start + _PAGE, n + PROBE)))
    walk.details_beyond(n)


def _stored_details(
    connection: Connection, owner: OwnerId, generation: Generation
) -> int:
    query = select(func.count()).where(
        log_detail.c.owner_id == owner, log_detail.c.gen == generation.gen
    )
    return int(connection.execute(query).scalar_one())


class _Walk:
    """The check of one generation that can be opened."""

    def __init__(
        self,
        connection: Connection,
        keys: Keyring,
        key: OpenKey,
        count: _Count,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._key = key
        self._k_sub = k_sub(key)
        self._census = count.census
        self._places = count.places
        self._known = count.known

    def entries(self, numbers: range) -> None:
        """Check that each of these entries occurs once, with its detail."""
        handles = {i: subject_handle(self._k_sub, i) for i in numbers}
        found = handle_index.find(self._connection, list(handles.values()))
        leaves = _leaves(self._connection, [x for at in found.values() for x in at])
        details = _details(
            self._connection, self._keys, self._key, numbers.start, numbers.stop
        )
        absent = [handle for handle in handles.values() if handle not in found]
        waits = waiting(self._connection, absent)
        for i, handle in handles.items():
            at = found.get(handle, [])
            if handle in waits:
                self._census.waiting += 1
            elif not at:
                self._wrong(CensusFault.MISSING, i)
            for index in at[1:]:
                self._wrong(CensusFault.DOUBLED, i, index)
            for index in at[:1]:
                self._leaf(i, handle, index, leaves.get(index, b""), details.get(i))

    def probe(self, numbers: range) -> None:
        """Check that none of these handles occurs."""
        every = ((subject_handle(self._k_sub, i), i) for i in numbers)
        handles = {each: i for each, i in every if self._known.may_hold(each)}
        found = handle_index.find(self._connection, list(handles))
        for handle, at in found.items():
            for index in at:
                self._wrong(CensusFault.BEYOND, handles[handle], index)

    def details_beyond(self, n: int) -> None:
        """Check that no detail stands beyond the count."""
        query = (
            select(log_detail.c.i)
            .where(
                log_detail.c.owner_id == self._key.owner,
                log_detail.c.gen == self._key.generation,
                log_detail.c.i >= n,
            )
            .order_by(log_detail.c.i)
        )
        for i in self._connection.execute(query).scalars():
            self._wrong(CensusFault.DETAIL_ALONE, i)

    def _leaf(
        self, i: int, handle: bytes, index: int, leaf: bytes, opened: Detail | None
    ) -> None:
        fault = leaf_fault(leaf, handle, opened)
        if fault is not None:
            self._wrong(fault, i, index)
        if fault is not CensusFault.OTHER_LEAF and self._places.take(index):
            self._census.accounted += 1

    def _wrong(self, fault: CensusFault, i: int, index: int | None = None) -> None:
        self._census.add(Difference(fault, self._key.generation, i, index))


def _leaves(connection: Connection, indexes: Sequence[int]) -> dict[int, bytes]:
    query = select(log_leaf.c.idx, log_leaf.c.leaf).where(log_leaf.c.idx.in_(indexes))
    return {index: bytes(leaf) for index, leaf in connection.execute(query)}


def _details(
    connection: Connection, keys: Keyring, key: OpenKey, start: int, stop: int
) -> dict[int, Detail]:
    # One that cannot be opened counts as missing: nothing in it can be shown.
    query = select(log_detail.c.i, log_detail.c.envelope).where(
        log_detail.c.owner_id == key.owner,
        log_detail.c.gen == key.generation,
        log_detail.c.i >= start,
        log_detail.c.i < stop,
    )
    opened: dict[int, Detail] = {}
    for i, envelope in connection.execute(query):
        object_id = detail.object_id(key.generation, i)
        try:
            plaintext = keys.unseal(
                key, bytes(envelope), object_id, detail.ENVELOPE_VERSION, detail.LABEL
            )
            opened[i] = detail.decode(plaintext)
        except (EnvelopeError, VerificationError):
            continue
    return opened
