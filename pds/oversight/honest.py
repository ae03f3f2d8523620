"""The honest claim: how much of the log is held outside, in numbers.

Whoever holds an earlier receipt or checkpoint can detect change, removal or rollback
of what it covers. Until a copy has left this machine, whoever controls it could rewrite
the log undetected. So the pages say how many copies are outside.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from audit import cosignatures, store, timestamps
from audit.head import read_head
from audit.leaf import EventType
from audit.store import Published
from audit.timestamps import Timestamp
from pds.core.clock import from_millis
from pds.core.database import Snapshot

_PAGE: Final = 1_000
_RELEASED: Final = f'"typ":"{EventType.DISCLOSURE_RELEASED}"'.encode()
"""Leaves are canonical, so this is how each released disclosure says so. They are not
parsed, because the claim is shown even if a leaf was damaged."""
_MOST_AT_ONCE: Final = 20_000
"""Leaves read in one call, so that a page never waits for a whole log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HonestClaim:
    """What can be claimed now.

    Attributes:
        size: entries in the log.
        newest_at: moment of the newest entry; None in an empty log.
        published: the newest published checkpoint.
        receipts: disclosures whose receipt went to a recipient.
        counted_to: entries that `receipts` was counted over; the rest follow later.
        witnesses: how many witnesses signed the newest checkpoint that any signed.
        witnessed: entries that this checkpoint covers.
        witnessed_at: when the last of them signed it; None if none ever did.
        stamped: the newest time stamp of an authority; None if there is none.
    """

    size: int
    newest_at: datetime | None
    published: Published | None
    receipts: int
    counted_to: int
    witnesses: int
    witnessed: int
    witnessed_at: datetime | None
    stamped: Timestamp | None


class Tally:
    """Counts receipts once and goes on from there; one per process."""

    def __init__(self) -> None:
        # Guards the two numbers, which belong together.
        self._lock = Lock()
        self._counted_to = 0
        self._receipts = 0

    def claim(self, snap: Snapshot) -> HonestClaim:
        """Return the claim for a snapshot."""
        head = read_head(snap.connection)
        published = store.latest_checkpoint(snap.connection)
        cosigned = cosignatures.newest(snap.connection)
        receipts, counted_to = self._count(snap, head.size)
        return HonestClaim(
            size=head.size,
            newest_at=from_millis(head.last_t) if head.size else None,
            published=published,
            receipts=receipts,
            counted_to=counted_to,
            witnesses=len({each.name for each in cosigned}),
            witnessed=cosigned[0].size if cosigned else 0,
            witnessed_at=max((each.at for each in cosigned), default=None),
            stamped=timestamps.newest(snap.connection),
        )

    def _count(self, snap: Snapshot, size: int) -> tuple[int, int]:
        with self._lock:
            stop = min(size, self._counted_to + _MOST_AT_ONCE)
            while self._counted_to < stop:
                limit = min(_PAGE, stop - self._counted_to)
                found = store.leaves(snap.connection, self._counted_to, limit)
                self._receipts += sum(_RELEASED in each.leaf for each in found)
                self._counted_to += limit
            return self._receipts, self._counted_to
