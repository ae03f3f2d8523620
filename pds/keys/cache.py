"""What a process remembers of keys: opened objects, and encryptions still reserved."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple, TypeVar

from pds.crypto.datakey import DataKey
from pds.crypto.envelope import Sealer

Place = tuple[bytes, int, int]
Opened = tuple[DataKey, Sealer]
T = TypeVar("T")


class _Entry(NamedTuple):
    wrapped: bytes
    opened: Opened
    at: float


class KeyCache:
    """The most recently used opened keys.

    An entry counts only for the very wrap that it was opened from, so a key that was
    wrapped anew is opened anew.

    Args:
        size: how many keys are kept.
        max_age: seconds for which a key is kept; None for no end.
        monotonic: seconds on a clock that never goes back.
    """

    def __init__(
        self, size: int, max_age: float | None, monotonic: Callable[[], float]
    ) -> None:
        self._size = size
        self._max_age = max_age
        self._monotonic = monotonic
        self._lock = Lock()
        self._entries: OrderedDict[Place, _Entry] = OrderedDict()

    def get(self, place: Place, wrapped: bytes) -> Opened | None:
        """Return the opened key of exactly this wrap, if it is remembered."""
        with self._lock:
            entry = self._entries.get(place)
            if entry is None or entry.wrapped != wrapped:
                return None
            if self._is_old(entry):
                del self._entries[place]
                return None
            self._entries.move_to_end(place)
            return entry.opened

    def put(self, place: Place, wrapped: bytes, opened: Opened) -> None:
        """Remember an opened key; forget the least recently used beyond the size."""
        with self._lock:
            self._entries[place] = _Entry(wrapped, opened, self._monotonic())
            self._entries.move_to_end(place)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def forget(self, place: Place) -> None:
        """Drop a key."""
        with self._lock:
            self._entries.pop(place, None)

    def _is_old(self, entry: _Entry) -> bool:
        if self._max_age is None:
            return False
        return self._monotonic() - entry.at >= self._max_age


class Counters:
    """Encryptions that this process has reserved in a key's row and not yet used.

    Forgetting a counter wastes the rest of its block and is always safe. A reservation
    may be rolled back with its transaction, after some of it was used, by others too;
    what was sealed lies in the database's journal at least. So the next one goes on
    from where it ended.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._left: OrderedDict[Place, tuple[int, int]] = OrderedDict()
        self._used: OrderedDict[Place, int] = OrderedDict()

    def take(self, place: Place) -> bool:
        """Use one reserved encryption; False if none is left."""
        with self._lock:
            reserved, left = self._left.get(place, (0, 0))
            if left == 0:
                return False
            self._left[place] = (reserved, left - 1)
            return True

    def used(self, place: Place) -> int:
        """Return up to where a reservation went that may have been rolled back."""
        with self._lock:
            return self._used.get(place, 0)

    def refill(self, place: Place, reserved: int, block: int) -> None:
        """Note a block that the row now holds; one of it is used at once."""
        with self._lock:
            _put(self._left, place, (reserved, block - 1), self._size)
            self._used.pop(place, None)

    def reconcile(self, place: Place, reserved: int) -> None:
        """Drop a counter whose reservation was rolled back with its transaction.

        Or that a snapshot of before does not show, which looks the same: that costs
        the rest of the block, and nothing more, since the row has what is used.
        """
        with self._lock:
            known = self._left.get(place)
            if known is not None and reserved < known[0]:
                del self._left[place]
                _put(self._used, place, known[0], self._size)


def _put(kept: OrderedDict[Place, T], place: Place, value: T, size: int) -> None:
    kept[place] = value
    kept.move_to_end(place)
    while len(kept) > size:
        kept.popitem(last=False)
