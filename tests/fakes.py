"""Stand-ins that keep what they were given."""

from datetime import UTC, datetime, timedelta

from audit import known_time
from audit.known_time import ClockReason
from audit.work import Work

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


def vouched(work: Work) -> None:
    """Believe a clock that a test moved far, as the operator would after a stop."""
    known_time.confirm(work, ClockReason.STANDSTILL, actor="operator")
