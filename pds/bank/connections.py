"""Connections that stay open from one act to the next (PostgreSQL).

SQLAlchemy's pool checks, resets and wraps a connection at each use, which costs as much
as a small act itself; so the connections are taken out of it once and kept here. One on
which anything went wrong goes back to be reset, and when the server was lost all do.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore

from sqlalchemy import Connection, Engine

from pds.bank.errors import DRIVER_ERRORS
from pds.core.errors import Unavailable


class Connections:
    """Lends each connection to one thread at a time.

    Args:
        engine: opens them.
        most: how many there may be.
        patience: seconds that somebody waits for one.
    """

    def __init__(self, engine: Engine, most: int, patience: float) -> None:
        self._engine = engine
        self._room = BoundedSemaphore(most)
        self._patience = patience
        self._idle: deque[Connection] = deque()

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """Lend a connection on which no transaction has begun.

        Raises:
            Unavailable: all are in use for too long.
            DBAPIError: the server cannot be reached.
        """
        if not self._room.acquire(timeout=self._patience):
            raise Unavailable("store.unavailable", "All connections are in use.")
        try:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                self._give_up(connection)
                raise
            self._idle.append(connection)
        finally:
            self._room.release()

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._idle:
            with suppress(IndexError, *DRIVER_ERRORS):
                self._idle.pop().close()

    def _take(self) -> Connection:
        try:
            # The one used last is the likeliest to be in the server's caches.
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def _give_up(self, connection: Connection) -> None:
        is_lost = connection.invalidated
        with suppress(*DRIVER_ERRORS):
            connection.close()
        if is_lost:
            self.close()
