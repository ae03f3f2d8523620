"""When something that could not be told is tried again, and when it is given up.

Pure: the wait after a failure follows from how often it failed and from the id of the
row, so that rows that failed together are not tried again together, and two workers
that reckon come to the same moment.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

FIRST: Final = timedelta(minutes=1)
"""The wait after the first failure, before it is shortened."""
LONGEST: Final = timedelta(hours=6)
"""The longest wait."""
_DOUBLINGS: Final = 20
LEAST_ATTEMPTS: Final = 12
"""Attempts before anything is given up, so that no jump of the clock ends it."""


def wait(outbox_id: UUID, attempts: int) -> timedelta:
    """Return how long to wait after the last of some failed attempts.

    It doubles with each attempt up to `LONGEST`, and is shortened by up to a half.
    """
    doubled = FIRST * (1 << min(attempts - 1, _DOUBLINGS))
    drawn = hashlib.sha256(outbox_id.bytes + attempts.to_bytes(4)).digest()
    share = 0.5 + int.from_bytes(drawn[:4]) / 2**33
    return min(doubled, LONGEST) * share


def is_given_up(
    put_at: datetime, attempts: int, now: datetime, period: timedelta
) -> bool:
    """Say whether nothing more is tried: long enough, and often enough."""
    return attempts >= LEAST_ATTEMPTS and now - put_at >= period
