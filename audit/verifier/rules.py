"""What every entry must obey by itself and towards those before it."""

from collections.abc import Sequence

from audit.errors import VerificationError
from audit.leaf import EventType, scan_leaf
from audit.verifier.findings import BadEntry

_CONTINUED = EventType.LOG_CONTINUED.encode()


class Rules:
    """The rules of entries, which are shown to it in order.

    Size, canonical form and schema with its closed lists; time that never goes back;
    an id and a subject handle that no earlier entry has; a reference to an earlier
    entry.

    Attributes:
        subs: the place of every subject handle, in the order of the entries.
        continued: positions of the entries that say that a log was continued.
        elsewhere: how many entries refer to one that only the lost log can hold.
    """

    def __init__(self) -> None:
        self.subs: dict[bytes, int] = {}
        self.continued: list[int] = []
        self.elsewhere = 0
        self._ids: set[bytes] = set()
        self._last_t = 0

    def check(self, start: int, raws: Sequence[bytes]) -> BadEntry | None:
        """Check the next entries; return the first bad one, None if all are good."""
        for index, raw in enumerate(raws, start):
            try:
                self._check(index, raw)
            except VerificationError as error:
                return BadEntry(index, str(error))
        return None

    def _check(self, index: int, raw: bytes) -> None:
        leaf_id, t, sub, kind, ref = scan_leaf(raw)
        if t < self._last_t:
            raise VerificationError("Its time is before that of the entry before it.")
        if leaf_id in self._ids:
            raise VerificationError("Its id was used by an earlier entry.")
        if sub in self.subs:
            raise VerificationError("Its subject handle was used by an earlier entry.")
        if ref is not None and ref not in self._ids:
            self._refer_elsewhere()
        if kind == _CONTINUED:
            self.continued.append(index)
        self._last_t = t
        self._ids.add(leaf_id)
        self.subs[sub] = index

    def _refer_elsewhere(self) -> None:
        # Only a log that goes on after a loss has entries whose other half is gone.
        if not self.continued:
            raise VerificationError("It refers to no earlier entry.")
        self.elsewhere += 1
