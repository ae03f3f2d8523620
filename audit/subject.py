"""A subject's own entries, found by computing its handles, and nobody else's.

The leaf says nothing of the person; whoever holds the audit key of a generation
computes handle after handle and so finds every entry, and notices a missing one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from audit import detail, handle_index, store
from audit.commitment import check_detail, subject_handle
from audit.detail import Detail
from audit.errors import VerificationError
from audit.leaf import parse_leaf
from audit.person import state
from audit.recorder import K_SUB_LABEL
from audit.tables import log_detail
from pds.core.database import Prepared, Snapshot
from pds.core.ids import OwnerId
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey

PROBE = 4096
"""How many handles beyond the last one must not occur."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: the newest entry that it may hold."""

    gen: int
    i: int


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of a subject with its opened detail.

    Attributes:
        gen: generation of the audit key.
        i: number within the generation.
        index: position in the tree; None while the leaf waits for it.
        id: id of the leaf, None while it waits.
        bytes: the leaf as it stands in the tree, empty while it waits.
        leaf: the leaf, empty while it waits.
        detail: the opened detail.
    """

    gen: int
    i: int
    index: int | None
    id: UUID | None
    bytes: bytes
    leaf: dict[str, Any]
    detail: Detail

    @property
    def pseudonym(self) -> str:
        """What an auditor calls the subject; empty in entries that do not say it."""
        return self.detail.fields.get("pseudonym", "")


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page of a subject's entries, newest first.

    Attributes:
        entries: the entries.
        next: where the next page begins, None at the end.
        sealed_from: the newest generation whose key was destroyed when its retention
            ended, so that it and all before it cannot be told apart any more.
    """

    entries: tuple[OwnEntry, ...]
    next: Cursor | None
    sealed_from: int | None


_DETAIL = Prepared(
    select(log_detail.c.envelope).where(
        log_detail.c.owner_id == bindparam("owner"),
        log_detail.c.gen == bindparam("gen"),
        log_detail.c.i == bindparam("i"),
    )
)


def page(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    *,
    after: Cursor | None = None,
    limit: int = 50,
) -> OwnPage:
    """Return a subject's entries, newest first.

    Raises:
        NotFound: the subject was never opened.
        VerificationError: a leaf does not commit to its detail, or a handle stands
            at more than one place.
    """
    wanted: list[tuple[OpenKey, int]] = []
    more, sealed_from = None, None
    for key, gen, i in _walk(snap, keys, owner, after):
        if key is None:
            sealed_from = gen
        elif len(wanted) == limit:
            more = Cursor(gen, i)
            break
        else:
            wanted.append((key, i))
    return OwnPage(tuple(_opened(snap, keys, wanted)), more, sealed_from)


def entry(snap: Snapshot, keys: Keyring, owner: OwnerId, gen: int, i: int) -> OwnEntry:
    """Return one entry of a subject.

    Raises:
        KeyUnavailable: there is no such generation, or its key is destroyed.
        VerificationError: there is no such entry, or it does not hold together.
    """
    key = keys.open(snap.connection, owner, KeyClass.AUDIT, gen)
    return _opened(snap, keys, [(key, i)])[0]


def generations(
    snap: Snapshot, keys: Keyring, owner: OwnerId
) -> Iterator[tuple[OpenKey, int]]:
    """Yield a subject's audit keys, newest first, and how many entries each has.

    Ends at a destroyed key, which is the end of what can be told apart.

    Raises:
        NotFound: the subject was never opened.
        VerificationError: an entry that names the generation before does not open.
    """
    present = state(snap, owner)
    for key, _gen, n in _chain(snap, keys, owner, present.gen, present.n):
        if key is not None:
            yield key, n


def k_sub(key: OpenKey) -> bytes:
    """Return the key of a generation's handles."""
    return key.data_key.derive(K_SUB_LABEL, 32)


def missing(snap: Snapshot, keys: Keyring, owner: OwnerId) -> list[tuple[int, int]]:
    """Probe completeness: return each (gen, i) that does not occur exactly once.

    Checks every i below the count of each generation that can still be opened, and
    that none of the 4,096 handles beyond it occurs. Empty means complete.
    """
    return [
        (key.generation, i)
        for key, n in generations(snap, keys, owner)
        for i in _not_once(snap, key, n)
    ]


def _not_once(snap: Snapshot, key: OpenKey, count: int) -> list[int]:
    its_key = k_sub(key)
    handles = [subject_handle(its_key, n) for n in range(count + PROBE)]
    found = handle_index.find(snap.connection, handles)
    return [
        n
        for n, handle in enumerate(handles)
        if len(found.get(handle, ())) != (n < count)
    ]


def _walk(
    snap: Snapshot, keys: Keyring, owner: OwnerId, after: Cursor | None
) -> Iterator[tuple[OpenKey | None, int, int]]:
    if after is None:
        present = state(snap, owner)
        after = Cursor(present.gen, present.n - 1)
    for key, gen, n in _chain(snap, keys, owner, after.gen, after.i + 1):
        if key is None:
            yield None, gen, n - 1
            return
        for i in range(n - 1, -1, -1):
            yield key, gen, i


def _chain(
    snap: Snapshot, keys: Keyring, owner: OwnerId, gen: int, n: int
) -> Iterator[tuple[OpenKey | None, int, int]]:
    # Each generation's first entry names the one before it and its final count.
    while True:
        try:
            key = keys.open(snap.connection, owner, KeyClass.AUDIT, gen)
        except KeyUnavailable:
            yield None, gen, n
            return
        yield key, gen, n
        fields = _detail(snap, keys, key, 0).fields
        if "prev_gen" not in fields:
            return
        gen, n = int(fields["prev_gen"]), int(fields["prev_n"])
        if gen >= key.generation:
            raise VerificationError("A generation names none before it.")


def _opened(
    snap: Snapshot, keys: Keyring, wanted: Sequence[tuple[OpenKey, int]]
) -> list[OwnEntry]:
    # Asking for all handles at once goes over the recent ones only once.
    handles = [subject_handle(k_sub(key), i) for key, i in wanted]
    found = handle_index.find(snap.connection, handles)
    return [
        _open(snap, keys, key, i, found.get(handle, ()))
        for (key, i), handle in zip(wanted, handles, strict=True)
    ]


def _open(
    snap: Snapshot, keys: Keyring, key: OpenKey, i: int, places: Sequence[int]
) -> OwnEntry:
    opened = _detail(snap, keys, key, i)
    if not places:
        return OwnEntry(key.generation, i, None, None, b"", {}, opened)
    if len(places) > 1:
        raise VerificationError("A subject handle stands at more than one place.")
    stored = store.leaf_at(snap.connection, places[0])
    leaf = parse_leaf(stored.leaf)
    com = bytes.fromhex(leaf["com"])
    check_detail(com, opened.opening, leaf["id"], opened.m())
    return OwnEntry(
        key.generation, i, stored.index, stored.id, stored.leaf, leaf, opened
    )


def _detail(snap: Snapshot, keys: Keyring, key: OpenKey, i: int) -> Detail:
    row = _DETAIL.one(snap.connection, owner=key.owner.bytes, gen=key.generation, i=i)
    if row is None:
        raise VerificationError("An entry lacks its detail.")
    object_id = detail.object_id(key.generation, i)
    try:
        plaintext = keys.unseal(
            key, bytes(row[0]), object_id, detail.ENVELOPE_VERSION, detail.LABEL
        )
    except EnvelopeError:
        raise VerificationError("The detail of an entry does not open.") from None
    return detail.decode(plaintext)
