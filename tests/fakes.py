"""Stand-ins that keep what they were given."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""Noon in Tokyo on a Friday."""


class FrozenClock:
    """A clock that moves only when a test says so."""

    def __init__(self, now: datetime = START) -> None:
        self.moment = now
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, step: timedelta) -> None:
        self.moment += step
        self.seconds += step.total_seconds()
