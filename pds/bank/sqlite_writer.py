"""The only writer of a SQLite database: one thread, one connection, group commit.

Requests hand over acts; the thread drains what is waiting into one `BEGIN IMMEDIATE`,
gives each act a savepoint of its own, appends the log leaves of the acts that
succeeded, commits, signs the new checkpoint once and wakes the callers. So 64 requests
share one disk flush, and nothing is answered before its leaf is durable and signed.

States of an item: waiting → run (savepoint) → kept or rolled back → committed → woken.
Failures: an act raises: its savepoint alone is rolled back. The database is full, locked
or lost: every item of the batch gets `Unavailable`, nothing is released. A commit that
fails may still survive a crash; then there is a leaf without a release, never a release
without a leaf.
"""

import sqlite3
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from audit.sequencer import Sequencer
from audit.work import Work
from pds.bank.errors import translated
from pds.bank.file_lock import FileLock
from pds.bank.publisher import Publisher
from pds.core.clock import Clock, to_millis
from pds.core.errors import Unavailable

T = TypeVar("T")
WorkMaker = Callable[[Connection], Work]

_MOST_PER_BATCH = 512
_MOST_WAITING = 4096
_IDLE_SECONDS = 1.0


class _Item:
    """An act on its way, and what came of it. Written by the writer thread only."""

    __slots__ = ("act", "done", "error", "result", "work")

    def __init__(self, act: Callable[[Work], Any]) -> None:
        self.act = act
        self.result: Any = None
        self.error: BaseException | None = None
        self.work: Work | None = None
        # A bare lock is the cheapest thing to sleep on: held until the item is done.
        self.done = threading.Lock()
        self.done.acquire()


class _TransactionLost(Exception):
    """SQLite rolled the whole transaction back while an act ran."""


class SqliteWriter:
    """Owns the write connection; see the module's first lines."""

    def __init__(
        self,
        engine: Engine,
        lock: FileLock,
        make_work: WorkMaker,
        publisher: Publisher,
        clock: Clock,
    ) -> None:
        self._connection = engine.connect()
        self._driver = cast(
            "sqlite3.Connection", self._connection.connection.driver_connection
        )
        self._lock = lock
        self._make_work = make_work
        self._publisher = publisher
        self._clock = clock
        self._sequencer = Sequencer()
        self._queue: SimpleQueue[_Item | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="log-writer")
        self._thread.start()

    def run(self, act: Callable[[Work], T]) -> T:
        """Run an act in a transaction, and return once it is durable and signed.

        Raises:
            Unavailable: the store cannot commit now, or too many acts are waiting.
        """
        if self._closed or self._queue.qsize() > _MOST_WAITING:
            raise Unavailable("store.busy", "The writer takes no more acts.")
        item = _Item(act)
        self._queue.put(item)
        item.done.acquire()
        if item.error is not None:
            raise item.error
        return cast("T", item.result)

    def close(self) -> None:
        """Finish what is waiting, publish the last checkpoint, and stop."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._connection.close()
        self._lock.close()

    def _serve(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=_IDLE_SECONDS)
            except Empty:
                self._publish_idle()
                continue
            if item is None:
                self._publish_idle(last=True)
                return
            self._run_batch(self._drain(item))

    def _drain(self, first: _Item) -> list[_Item]:
        batch = [first]
        while len(batch) < _MOST_PER_BATCH and not self._queue.empty():
            item = self._queue.get()
            if item is None:
                # The closing mark is put back, to be met when the work is done.
                self._queue.put(None)
                break
            batch.append(item)
        return batch

    def _run_batch(self, batch: list[_Item]) -> None:
        try:
            with self._lock.held():
                self._commit_batch(batch)
        except BaseException as error:  # noqa: BLE001 - handed to the callers
            failure = translated(error)
            for item in batch:
                item.error = failure
                item.result = None
        finally:
            for item in batch:
                item.done.release()

    def _commit_batch(self, batch: list[_Item]) -> None:
        driver = self._driver
        driver.execute("BEGIN IMMEDIATE")
        try:
            for item in batch:
                self._run_item(item)
            recorded = [
                draft
                for item in batch
                if item.work is not None and item.error is None
                for draft in item.work.log.drafts
            ]
            head = self._sequencer.append(
                self._connection, recorded, to_millis(self._clock.now())
            )
            self._publisher.publish_due(self._connection)
            driver.execute("COMMIT")
        except BaseException:
            self._sequencer.forget()
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        if recorded:
            note = self._publisher.sign(head)
            for draft in recorded:
                draft.recorded.integrate(head.size, note)

    def _run_item(self, item: _Item) -> None:
        driver = self._driver
        driver.execute("SAVEPOINT act")
        try:
            item.work = self._make_work(self._connection)
            item.result = item.act(item.work)
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            item.error = translated(error)
            if not driver.in_transaction:
                raise _TransactionLost from error
            driver.execute("ROLLBACK TO act")
        driver.execute("RELEASE act")

    def _publish_idle(self, *, last: bool = False) -> None:
        if self._publisher.is_due(last=last):
            self._run_batch([])
