"""What the log says about one person, opened for that person (C-02).

The list is read from the log itself: the person's handles are computed one by one, so
it equals the log entry for entry and a missing one is noticed.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from audit import retention, store, subject
from audit.commitment import subject_handle
from audit.errors import VerificationError
from audit.leaf import EventType, parse_leaf
from audit.person import state
from audit.retention import Retired
from audit.subject import Cursor, OwnEntry
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import OwnerId
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

DISCLOSURES: Final = frozenset(
    {
        EventType.DISCLOSURE_RELEASED,
        EventType.DISCLOSURE_COMPLETED,
        EventType.DISCLOSURE_DENIED,
    }
)
"""Entries about data that went to somebody, or was asked for."""

LOOKS: Final = DISCLOSURES | {
    EventType.STAFF_VIEWED,
    EventType.AUDITOR_VIEWED,
    EventType.AUDITOR_UNMASKED,
    EventType.AGENT_VIEWED,
}
"""Entries about anybody who looked, or tried to."""

_MOST_OPENED: Final = 400
"""Entries opened for one page; what is rarer than that comes on a later page."""
_STEP: Final = 50
_CURSOR: Final = re.compile(r"(\d{1,9})\.(\d{1,15})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the person's log.

    Attributes:
        entry: the entry with its opened detail.
        at: its moment; None while it waits for its place in the tree.
    """

    entry: OwnEntry
    at: datetime | None

    @property
    def type(self) -> EventType | None:
        """The kind of act; None while the entry waits for its place."""
        return EventType(self.entry.leaf["typ"]) if self.entry.leaf else None

    @property
    def place(self) -> str:
        """The entry's number among the person's own, for an address."""
        return f"{self.entry.gen}.{self.entry.i}"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reason codes of a denial, or the action of an event."""
        return tuple(self.entry.detail.fields.get("reasons", "").split())

    @property
    def recipient(self) -> str:
        """Id of the recipient; empty where there is none."""
        return str(self.entry.leaf.get("rcp", ""))

    @property
    def consent_id(self) -> str:
        """Id of the consent behind it; empty where there is none."""
        return self.entry.detail.fields.get("consent_id", "")

    @property
    def is_refusal(self) -> bool:
        """Whether nothing went and `count` says how often it was refused."""
        return self.type is EventType.DISCLOSURE_DENIED

    @property
    def count(self) -> int | None:
        """The exact number of records, or of equal refusals, where there is one."""
        text = self.entry.detail.fields.get("n")
        return None if text is None else int(text)


class DetailsDestroyed(Exception):  # noqa: N818 - what became of them
    """The details of an entry were destroyed when their time was over.

    Attributes:
        told: what the log says of it.
    """

    def __init__(self, told: Retired) -> None:
        super().__init__("The details were destroyed.")
        self.told = told


@dataclass(frozen=True, slots=True)
class History:
    """A page of happenings, newest first.

    Attributes:
        next: where the next page begins, as text for an address; None at the end.
        is_sealed: whether older entries exist whose key died with its retention.
    """

    happenings: tuple[Happening, ...]
    next: str | None
    is_sealed: bool


def page(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    *,
    types: Collection[EventType],
    after: str | None = None,
    limit: int,
) -> History:
    """Return the person's entries of some kinds, newest first.

    Raises:
        Invalid: `rights.cursor`; the cursor is none of ours.
        VerificationError: an entry does not hold together.
    """
    found: list[Happening] = []
    walk = Walk(snap, keys, owner, after)
    for each in walk.entries():
        if each.type in types:
            if len(found) == limit:
                return History(tuple(found), each.place, is_sealed=False)
            found.append(each)
    return History(tuple(found), walk.next, is_sealed=walk.is_sealed)


class Walk:
    """Goes through a person's entries from the newest on, and knows where it stops.

    Attributes:
        next: where it stopped after many entries; None at the end of the log.
        is_sealed: whether it stopped at a key that died with its retention.
        retired: what the log says of those details, if it stopped there.

    Raises:
        Invalid: `rights.cursor`; the cursor is none of ours.
    """

    def __init__(
        self, snap: Snapshot, keys: Keyring, owner: OwnerId, after: str | None
    ) -> None:
        self._snap, self._keys, self._owner = snap, keys, owner
        self._start = _read_cursor(after)
        self.next: str | None = None
        self.is_sealed = False
        self.retired: Retired | None = None

    def entries(self) -> Iterator[Happening]:
        """Yield entries until the end, or until so many were opened."""
        opened, at = 0, self._start
        while True:
            part = subject.page(
                self._snap, self._keys, self._owner, after=at, limit=_STEP
            )
            yield from map(_happening, part.entries)
            opened, at = opened + len(part.entries), part.next
            if at is None or opened >= _MOST_OPENED:
                self.next = None if at is None else f"{at.gen}.{at.i}"
                self.is_sealed = part.sealed_from is not None
                if self.is_sealed:
                    self.retired = retention.newest(self._snap, self._keys, self._owner)
                return


def one(snap: Snapshot, keys: Keyring, owner: OwnerId, place: str) -> Happening:
    """Return one entry by its number among the person's own.

    Raises:
        NotFound: `rights.no-entry`.
        DetailsDestroyed: the time of record keeping is over.
    """
    cursor = _read_cursor(place)
    if cursor is None or not _exists(snap, owner, cursor):
        raise _no_entry()
    try:
        entry = subject.entry(snap, keys, owner, cursor.gen, cursor.i)
    except VerificationError:
        raise _no_entry() from None
    except KeyUnavailable:
        told = retention.newest(snap, keys, owner)
        if told is None or cursor.gen > told.gen:
            raise _no_entry() from None
        raise DetailsDestroyed(told) from None
    return _happening(entry)


def find(snap: Snapshot, keys: Keyring, owner: OwnerId, leaf_id: UUID) -> OwnEntry:
    """Return the person's own entry of a leaf.

    Raises:
        NotFound: there is no such leaf, or it is about somebody else; both answer
            alike.
    """
    try:
        leaf = parse_leaf(store.find(snap.connection, leaf_id).leaf)
    except NotFound:
        raise _no_entry() from None
    wanted = bytes.fromhex(leaf["sub"])
    for key, n in subject.generations(snap, keys, owner):
        k_sub = subject.k_sub(key)
        for i in range(n):
            if subject_handle(k_sub, i) == wanted:
                return subject.entry(snap, keys, owner, key.generation, i)
    raise _no_entry()


def _exists(snap: Snapshot, owner: OwnerId, cursor: Cursor) -> bool:
    present = state(snap, owner)
    return cursor.gen < present.gen or (
        cursor.gen == present.gen and cursor.i < present.n
    )


def _happening(entry: OwnEntry) -> Happening:
    return Happening(entry, from_millis(entry.leaf["t"]) if entry.leaf else None)


def _read_cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    found = _CURSOR.match(text)
    if found is None:
        raise Invalid("rights.cursor", "The place in the list cannot be read.")
    return Cursor(int(found[1]), int(found[2]))


def _no_entry() -> NotFound:
    return NotFound("rights.no-entry", "The person has no such entry.")
