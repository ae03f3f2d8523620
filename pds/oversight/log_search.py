"""Searching the log, a bounded number of entries at a time (S-05).

There is no index to keep in step with the log: a search walks back from a position,
stops after so many entries, and says where to go on. A period costs nothing, because
times never go back in a log: its ends are found by halving.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audit import store
from audit.errors import VerificationError
from audit.leaf import EventType, parse_leaf
from audit.store import StoredLeaf
from pds.core.clock import to_millis
from pds.core.database import Snapshot

PAGE: Final = 50
MOST_WALKED: Final = 10_000
"""Entries that one request looks at, so that no page waits for a whole log."""
_STEP: Final = 1_000
_DAMAGED: Final = 64
"""Damaged entries in a row over which a time is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is empty or None does not narrow.

    Attributes:
        recipient: id of the recipient.
        purpose: id of the purpose.
        category: id of a category; what lies below it counts too.
        type: kind of entry.
        since: first moment.
        until: first moment that is too late.
    """

    recipient: str = ""
    purpose: str = ""
    category: str = ""
    type: EventType | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the period leaves entries out."""
        return bool(self.recipient or self.purpose or self.category or self.type)

    def fits(self, leaf: dict[str, Any]) -> bool:
        """Say whether an entry is looked for; its time is not judged here."""
        return (
            self.recipient in ("", leaf.get("rcp"))
            and self.purpose in ("", leaf.get("pur"))
            and self.type in (None, leaf.get("typ"))
            and (not self.category or self._is_in(leaf.get("cats", ())))
        )

    def _is_in(self, categories: list[str]) -> bool:
        below = f"{self.category}."
        return any(
            each == self.category or each.startswith(below) for each in categories
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Entries that fit, newest first.

    Attributes:
        rows: position and leaf of each; a damaged leaf is empty.
        size: entries of the whole log.
        following: where to go on; None at the end.
        looked_to: lowest position that was looked at.
    """

    rows: list[tuple[int, dict[str, Any]]]
    size: int
    following: int | None
    looked_to: int


def search(snap: Snapshot, wanted: Wanted, before: int | None = None) -> Found:
    """Return the newest entries below a position that fit."""
    size = store.size(snap.connection)
    low, high = period(snap, wanted.since, wanted.until, size)
    at = high if before is None else max(low, min(before, high))
    rows: list[tuple[int, dict[str, Any]]] = []
    stop = max(low, at - MOST_WALKED)
    while at > stop and len(rows) < PAGE:
        step = min(_STEP, at - stop) if wanted.is_narrow else PAGE
        for each in store.leaves_before(snap.connection, at, step):
            at, leaf = each.index, readable(each)
            # A damaged entry fits no question; without one, it is shown as such.
            if at >= low and (not wanted.is_narrow or wanted.fits(leaf)):
                rows.append((at, leaf))
            if len(rows) == PAGE:
                break
    at = max(at, low)
    following = at if at > low else None
    return Found(rows=rows, size=size, following=following, looked_to=at)


def period(
    snap: Snapshot, since: datetime | None, until: datetime | None, size: int
) -> tuple[int, int]:
    """Return the first position of a period and the first one after it."""
    low = 0 if since is None else _position(snap, to_millis(since), size)
    high = size if until is None else _position(snap, to_millis(until), size)
    return low, max(low, high)


def readable(stored: StoredLeaf) -> dict[str, Any]:
    """Return a leaf, or nothing of one that was damaged; the check names it."""
    try:
        return parse_leaf(stored.leaf)
    except VerificationError:
        return {}


def _position(snap: Snapshot, millis: int, size: int) -> int:
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if _time_at(snap, middle) < millis:
            low = middle + 1
        else:
            high = middle
    return low


def _time_at(snap: Snapshot, index: int) -> int:
    for many in (1, _DAMAGED):
        near = store.leaves_before(snap.connection, index + 1, many)
        for leaf in map(readable, near):
            if leaf:
                return int(leaf["t"])
    return 0
