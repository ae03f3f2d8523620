"""How many acts may be inside at once, and none any more once the bank closes.

Without a bound, requests pile up behind a slow database until the process has no memory
left; the caller that is turned away at once can come again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pds.core.errors import Unavailable

_REFUSED = "store.busy"


class Admission:
    """Counts the acts inside.

    Args:
        most: how many there may be.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside = 0
        self._closed = False
        # Guards the two above, and wakes whoever waits for the last act to leave.
        self._left = threading.Condition()

    @contextmanager
    def admitted(self, *, owed: bool = False) -> Iterator[None]:
        """Be inside while the block runs.

        Args:
            owed: an earlier act needs this one; only closing turns it away.

        Raises:
            Unavailable: too many are inside, or nobody is let in any more.
        """
        with self._left:
            if self._closed or (self._inside >= self._most and not owed):
                raise Unavailable(_REFUSED, "The writer takes no more acts.")
            self._inside += 1
        try:
            yield
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()

    def inside(self) -> int:
        """Return how many acts are inside."""
        with self._left:
            return self._inside

    def close(self) -> None:
        """Let nobody in any more; return when the last one has left."""
        with self._left:
            self._closed = True
            self._left.wait_for(lambda: not self._inside)
