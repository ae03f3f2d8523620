"""How long to leave something alone that failed: longer after each failure in a row."""

from datetime import datetime, timedelta

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)


class Backoff:
    """Counts failures of one thing. Owned by the thread that tries it.

    Attributes:
        failures: how many there were.
        last_at: when the last one was; None if there was none.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.last_at: datetime | None = None
        self._wait = _FIRST
        self._until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Say whether it may be tried."""
        return self._until is None or now >= self._until

    def failed(self, now: datetime) -> None:
        """Wait: a minute, then twice as long each time, an hour at most."""
        self.failures += 1
        self.last_at = now
        self._until = now + self._wait
        self._wait = min(self._wait * 2, _LONGEST)

    def succeeded(self) -> None:
        """Begin anew."""
        self._wait = _FIRST
        self._until = None
