"""A lock between processes that write the same SQLite file.

SQLite's own busy handler sleeps and lets the unlucky starve; a lock file is handed on
at once. Programs that do not know it still meet SQLite's lock.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pds.core.clock import Clock
from pds.core.errors import Unavailable

_PAUSE = 0.002
"""Seconds between tries; a batch of another process takes about as long."""


class FileLock:
    """An advisory lock on a file, held by one process at a time."""

    def __init__(
        self,
        path: Path,
        *,
        patience: float,
        clock: Clock,
        pause: Callable[[float], object],
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._pause = pause
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            Unavailable: another process kept it longer than the patience in seconds.
        """
        deadline = self._clock.monotonic() + self._patience
        while not self._try():
            if self._clock.monotonic() >= deadline:
                raise Unavailable("store.locked", "Another process holds the database.")
            self._pause(_PAUSE)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
