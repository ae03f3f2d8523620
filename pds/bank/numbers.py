"""Numbers about the log for whoever watches the service; none is personal."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from audit import pending, store
from audit.head import read_head

BatchObserver = Callable[[int, float], None]
"""Is told how many leaves a batch had and how many seconds its commit took."""


def unobserved(_leaves: int, _seconds: float) -> None:
    """Observe nothing."""


def log_numbers(connection: Connection, now: datetime) -> dict[str, float]:
    """Return the numbers of one snapshot by their names."""
    head, published = read_head(connection), store.latest_checkpoint(connection)
    waiting, oldest = pending.waiting(connection)
    age = 0.0 if oldest is None else (now - oldest).total_seconds()
    return {
        "entries": head.size,
        "published": 0 if published is None else published.size,
        "pending": waiting,
        "pending_age_seconds": max(0.0, age),
        "last_entry_timestamp_seconds": head.last_t / 1000,
    }
