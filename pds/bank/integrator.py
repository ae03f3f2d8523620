"""Moves pending leaves of PostgreSQL into the tree, in one place at a time.

States: standing by (another process holds the advisory lock; notifications wake our
waiters) → leading (we hold it; batches are moved under the head lock, announced once
each) → standing by again when the connection breaks. A batch is one transaction, so a
kill at any point leaves a leaf either pending or integrated, never both.
"""

import threading
from collections.abc import Sequence
from typing import Any, cast

import psycopg
import structlog
from audit.recorder import Draft
from audit.sequencer import Head, Sequencer
from audit.store import find_index, read_head, take_pending
from pds.bank.publisher import Publisher
from pds.core.clock import Clock, to_millis
from pds.core.errors import Unavailable
from pds.core.logging import describe
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_LOCK = 0x1B_10_60
"""The advisory lock's number; any number that nothing else here uses."""

_CHANNEL = "infobank_log"
_BUSY_SECONDS = 0.002
_QUIET_SECONDS = 0.02
_RETRY_SECONDS = 0.2
_MOST_PER_BATCH = 2000

log = structlog.get_logger()


class Integrator:
    """A thread per process; see the module's first lines."""

    def __init__(self, engine: Engine, publisher: Publisher, clock: Clock) -> None:
        self._engine = engine
        self._publisher = publisher
        self._clock = clock
        self._sequencer = Sequencer()
        self._wake = threading.Event()
        self._closed = threading.Event()
        # Guards `_waiting`; each event belongs to the request that put it there.
        self._lock = threading.Lock()
        self._waiting: dict[bytes, tuple[Draft, threading.Event]] = {}
        self._thread = threading.Thread(target=self._serve, name="log-integrator")
        self._thread.start()

    def wait(self, drafts: Sequence[Draft], seconds: float) -> None:
        """Wait until leaves are in the signed tree, and fill in where they stand.

        Raises:
            Unavailable: they were not integrated in time.
        """
        last = drafts[-1]
        if last.recorded.is_integrated:
            return
        arrived = threading.Event()
        with self._lock:
            self._waiting[last.recorded.id.bytes] = (last, arrived)
        self._wake.set()
        in_time = arrived.wait(seconds)
        with self._lock:
            self._waiting.pop(last.recorded.id.bytes, None)
        if not in_time:
            raise Unavailable("store.slow", "The leaf was not integrated in time.")
