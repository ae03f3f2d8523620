"""Counts of calls that were turned away at the door, for the hourly tally.

A call with an unknown token or a bad proof names no person that could be trusted, so
it is no leaf of its own; a stranger could fill the log. It is counted here, written to
the application log, and once an hour the counts become one leaf.
"""

from collections import Counter
from threading import Lock

from audit.entry import Entry
from audit.leaf import EventType


class RefusalTally:
    """Thread-safe counts by code; kept in memory, one per process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def note(self, code: str) -> None:
        """Count one call that was turned away."""
        with self._lock:
            self._counts[code] += 1

    def take(self) -> Counter[str]:
        """Return the counts and begin again at zero."""
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken


def tally_entry(counts: Counter[str]) -> Entry:
    """Return the log entry of an hour's counts."""
    reasons = " ".join(f"{code}={counts[code]}" for code in sorted(counts))
    return Entry(
        type=EventType.LOG_TALLY, count=counts.total(), detail={"reasons": reasons}
    )
