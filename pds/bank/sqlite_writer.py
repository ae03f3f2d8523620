"""The only writer of a SQLite database: one thread, one connection, group commit.

Requests hand over acts; the thread drains what is waiting into one `BEGIN IMMEDIATE`,
gives each act a savepoint of its own, appends the log leaves of the acts that
succeeded, commits, signs the new head once and wakes the callers. So many requests
share one disk flush, and nothing is answered before its leaf is durable and signed.

States of an item: waiting → run in its savepoint → kept or rolled back → committed →
woken. A light act (`audit.light`) has no savepoint: its rows are written with those of
the other light acts, before the next ordinary act and at the end. If a row is refused,
the transaction begins again and every act runs in a savepoint. Failures: an act raises,
and its savepoint alone is rolled back, or its rows were never left. The database
is full, locked or lost: every item of the batch gets `Unavailable` and nothing is
released. A commit that is reported as failed may still be found after a crash; then
there is a leaf without a release, never a release without a leaf.
"""

import sqlite3
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine

from audit.draft import LeafDraft
from audit.head import Head, read_head
from audit.integration import Integration, Outcome
from audit.light import Heavy, LightWork
from audit.sequencer import Batch, append
from audit.work import Work
from pds.bank.errors import translated
from pds.bank.file_lock import FileLock
from pds.bank.item import Item, wake
from pds.bank.numbers import BatchObserver, unobserved
from pds.bank.publisher import Publisher
from pds.core.clock import Clock, to_millis
from pds.core.errors import Unavailable
from pds.core.unwritten import Unwritten

T = TypeVar("T")

MakeLight = Callable[[sqlite3.Connection, Unwritten], LightWork]
"""Makes what a light act is given."""

_MOST_PER_BATCH = 512
_MOST_WAITING = 4096
_IDLE_SECONDS = 1.0


class SqliteWriter:
    """Owns the write connection; see the module's first lines."""

    def __init__(
        self,
        engine: Engine,
        lock: FileLock,
        make_work: Callable[[Connection], Work],
        publisher: Publisher,
        clock: Clock,
        make_light: MakeLight | None = None,
    ) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._driver = cast(
            "sqlite3.Connection", self._connection.connection.driver_connection
        )
        self._lock = lock
        self._make_work = make_work
        self._make_light = make_light
        self._publisher = publisher
        self._clock = clock
        # The head as of a data version; another process's commit changes the version.
        self._head: tuple[int, Head] | None = None
        self._queue: SimpleQueue[Item | None] = SimpleQueue()
        self._observer: BatchObserver = unobserved
        self._closed = False
        # Nothing is put behind the closing mark: it would wait for ever.
        self._door = threading.Lock()
        self._thread = threading.Thread(
            target=self._serve, name="log-writer", daemon=True
        )
        self._thread.start()

    def run(
        self,
        act: Callable[[Work], T],
        *,
        light: Callable[[LightWork], T] | None = None,
        owed: bool = False,
    ) -> Outcome[T]:
        """Run an act in a transaction; return once it is durable and signed.

        Args:
            act: what to do.
            light: the same as a light act, which is run instead unless it declines.
            owed: an earlier act of the log needs this one, however many wait.

        Raises:
            Unavailable: the store cannot commit now, or too many acts are waiting.
        """
        if threading.current_thread() is self._thread:
            # The thread would wait for itself for ever.
            raise RuntimeError("An act must not begin a unit of work of its own.")
        item = Item(act, light)
        with self._door:
            is_full = self._queue.qsize() > _MOST_WAITING and not owed
            if self._closed or is_full:
                raise Unavailable("store.busy", "The writer takes no more acts.")
            self._queue.put(item)
        item.wait()
        if item.error is not None:
            raise item.error
        return Outcome(cast("T", item.result), item.integration)

    def watch(self, observer: BatchObserver) -> None:
        """Tell an observer of each batch from now on."""
        self._observer = observer

    def waiting(self) -> int:
        """Return how many acts wait for their batch."""
        return self._queue.qsize()

    def is_alive(self) -> bool:
        """Say whether the writer thread is running."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Finish what is waiting, publish the last checkpoint, and stop."""
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._connection.close()
        self._engine.dispose()
        self._lock.close()

    def _serve(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=_IDLE_SECONDS)
            except Empty:
                self._publish()
                continue
            if item is None:
                self._publish(last=True)
                return
            self._run_batch(self._drain(item))

    def _drain(self, first: Item) -> list[Item]:
        batch = [first]
        while len(batch) < _MOST_PER_BATCH and not self._queue.empty():
            item = self._queue.get()
            if item is None:
                # The closing mark is put back, to be met when the work is done.
                self._queue.put(None)
                break
            batch.append(item)
        return batch

    def _publish(self, *, last: bool = False) -> None:
        if self._publisher.is_due(last=last):
            self._run_batch([], last=last)

    def _run_batch(self, items: list[Item], *, last: bool = False) -> None:
        try:
            with self._lock.held():
                began = self._clock.monotonic()
                batch = self._commit(items, last=last)
                taken = self._clock.monotonic() - began
            if batch is not None:
                self._announce(items, batch)
                self._observer(sum(len(item.drafts) for item in items), taken)
        except BaseException as error:  # noqa: BLE001 - handed to every caller
            failure = translated(error)
            for item in items:
                item.fail(failure)
        finally:
            wake(items)

    def _commit(self, items: list[Item], *, last: bool) -> Batch | None:
        driver = self._driver
        if driver.in_transaction:
            # An earlier rollback failed; with this the writer heals.
            driver.execute("ROLLBACK")
        driver.execute("BEGIN IMMEDIATE")
        try:
            self._run_items(items)
            drafts = [draft for item in items for draft in item.drafts]
            batch = self._append(drafts) if drafts else None
            self._publisher.publish_due(self._connection, last=last)
            driver.execute("COMMIT")
        except BaseException:
            self._head = None
            self._publisher.rolled_back()
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        if batch is not None:
            self._head = (self._data_version(), batch.head)
        return batch

    def _run_items(self, items: list[Item]) -> None:
        unwritten = Unwritten()
        try:
            for item in items:
                if not self._run_lightly(item, unwritten):
                    # An ordinary act sees, and may change, what those before it left.
                    unwritten.write(self._connection)
                    self._run_item(item)
            unwritten.write(self._connection)
        except sqlite3.IntegrityError:
            # One row among many was refused: let each act meet its own fate.
            self._driver.execute("ROLLBACK")
            self._driver.execute("BEGIN IMMEDIATE")
            for item in items:
                self._run_item(item)

    def _run_lightly(self, item: Item, unwritten: Unwritten) -> bool:
        if item.light is None or self._make_light is None:
            return False
        work = self._make_light(self._driver, unwritten)
        try:
            item.succeed(item.light(work), work.drafts)
        except Heavy:
            return False
        except BaseException as error:
            item.fail(translated(error))
            if not self._driver.in_transaction:
                # As below: nothing may be written outside a transaction.
                raise
        return True

    def _run_item(self, item: Item) -> None:
        driver = self._driver
        driver.execute("SAVEPOINT act")
        try:
            work = self._make_work(self._connection)
            item.succeed(item.act(work), work.log.drafts)
        except BaseException as error:
            item.fail(translated(error))
            if not driver.in_transaction:
                # SQLite gave the whole transaction up (full, or a broken disk).
                raise
            driver.execute("ROLLBACK TO act")
        driver.execute("RELEASE act")

    def _append(self, drafts: list[LeafDraft]) -> Batch:
        now = to_millis(self._clock.now())
        return append(self._connection, self._current_head(), drafts, now)

    def _current_head(self) -> Head:
        version = self._data_version()
        if self._head is None or self._head[0] != version:
            self._head = (version, read_head(self._connection))
        return self._head[1]

    def _data_version(self) -> int:
        return int(self._driver.execute("PRAGMA data_version").fetchone()[0])

    def _announce(self, items: list[Item], batch: Batch) -> None:
        note = self._publisher.sign(batch.head)
        integration = Integration(batch.head.size, note, batch.prove)
        for item in items:
            if item.drafts:
                item.integration = integration
