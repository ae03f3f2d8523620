"""Moves pending leaves of PostgreSQL into the tree, in one place at a time.

States: standing by (another process holds the advisory lock; its notifications wake our
waiters) → leading (we hold it; pending leaves are moved in batches under the head's
lock, each batch signed and announced once) → standing by again when the connection
breaks. A batch is one transaction, so a kill at any point leaves each leaf either
pending or in the tree, never both and never neither.
"""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, text

from audit import pending, store
from audit.draft import LeafDraft
from audit.head import Head, read_head
from audit.integration import Integration
from audit.sequencer import Batch, append
from pds.bank.errors import DRIVER_ERRORS
from pds.bank.numbers import BatchObserver, unobserved
from pds.bank.publisher import Publisher
from pds.core import postgres
from pds.core.clock import Clock, to_millis
from pds.core.database import read_snapshot
from pds.core.errors import Unavailable
from pds.core.logging import describe

_LOCK = 0x1B106
"""Number of the advisory lock; it only has to be used for nothing else."""

_CHANNEL = "infobank_log"
_NOTIFY = postgres.written(f"NOTIFY {_CHANNEL}")
_MOST_PER_BATCH = 2000
_BUSY_SECONDS = 0.002
_QUIET_SECONDS = 0.02
_QUIET_AFTER = 500
"""Empty looks in a row after which the next ones come less often."""

_RETRY_SECONDS = 0.2
_BRIEFLY_SECONDS = 0.05
_PATIENCE_SECONDS = 2.0

log = structlog.get_logger()


@dataclass
class Ticket:
    """A caller's wait for its leaves; it is over when the last one has its place."""

    drafts: Sequence[LeafDraft]
    integration: Integration | None = None
    # A bare lock is the cheapest thing to sleep on: held until the leaves arrived.
    arrived: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin to wait."""
        self.arrived.acquire()


class Integrator:
    """One thread per process; see the module's first lines."""

    def __init__(
        self, engine: Engine, reader: Engine, publisher: Publisher, clock: Clock
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._publisher = publisher
        self._clock = clock
        self._wake = threading.Event()
        self.observer: BatchObserver = unobserved
        self._closing = False
        self._late = threading.Event()
        # As this thread left it; None when it has to be read.
        self._head: Head | None = None
        # Guards `_tickets`, which callers fill and the thread empties.
        self._lock = threading.Lock()
        self._tickets: dict[bytes, tuple[Ticket, LeafDraft]] = {}
        self._thread = threading.Thread(
            target=self._serve, name="log-integrator", daemon=True
        )
        self._thread.start()

    def expect(self, drafts: Sequence[LeafDraft]) -> Ticket:
        """Register a wait for leaves that are about to be committed."""
        ticket = Ticket(drafts)
        with self._lock:
            self._tickets.update({draft.id: (ticket, draft) for draft in drafts})
        return ticket

    def wait_briefly(self, ticket: Ticket) -> None:
        """Wait for leaves whose commit was sent; return even if they do not come."""
        self._wake.set()
        ticket.arrived.acquire(timeout=min(_BRIEFLY_SECONDS, _PATIENCE_SECONDS))

    def wait(self, ticket: Ticket) -> Integration:
        """Wait until the leaves stand in a signed tree.

        Raises:
            Unavailable: that took longer than two seconds.
        """
        if ticket.integration is None:
            self._wake.set()
            ticket.arrived.acquire(timeout=_PATIENCE_SECONDS)
            self.forget(ticket)
        if ticket.integration is None:
            self._late.set()
            raise Unavailable("store.slow", "The leaf was not integrated in time.")
        return ticket.integration

    def forget(self, ticket: Ticket) -> None:
        """Give up a wait: nobody asks for its leaves any more."""
        with self._lock:
            for draft in ticket.drafts:
                self._tickets.pop(draft.id, None)

    def is_late(self) -> bool:
        """Say whether somebody waited in vain, and the log has not caught up since."""
        return self._late.is_set()

    def is_alive(self) -> bool:
        """Say whether the thread is running."""
        return self._thread.is_alive()

    def is_known(self, leaf_id: bytes) -> bool:
        """Say whether a leaf is committed, pending or integrated."""
        with read_snapshot(self._reader) as connection:
            return pending.is_committed(connection, leaf_id)

    def close(self) -> None:
        """Integrate what is pending, publish the last checkpoint, and stop."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _serve(self) -> None:
        while not self._closing:
            try:
                with self._engine.connect() as connection:
                    self._stand_by(connection)
                    if not self._closing:
                        self._lead(connection)
            except Exception as error:  # noqa: BLE001 - without this thread nothing goes
                self._publisher.rolled_back()
                log.warning("integrator interrupted", **describe(error))
                self._wake.clear()
                self._wake.wait(_RETRY_SECONDS)

    def _stand_by(self, connection: Connection) -> None:
        """Wait until the lock is ours; meanwhile answer our own waiters."""
        connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
        connection.commit()
        driver: Any = connection.connection.driver_connection
        while not self._closing and not _take_lock(connection):
            # Looked up after a silence too: a notice may have come in between.
            for _notice in driver.notifies(timeout=_RETRY_SECONDS, stop_after=1):
                pass
            self._look_up(connection)

    def _lead(self, connection: Connection) -> None:
        quiet, self._head = 0, None
        try:
            # What the leader before us integrated and could not announce.
            self._look_up(connection)
            while True:
                # Read once for each turn: only a turn that began after the mark was
                # set publishes the last head.
                is_last = self._closing
                if self._integrate(connection, is_last=is_last) is not None:
                    quiet = 0
                elif is_last:
                    return
                else:
                    quiet += 1
                    busy = quiet < _QUIET_AFTER or bool(self._tickets)
                    self._wake.wait(_BUSY_SECONDS if busy else _QUIET_SECONDS)
                    self._wake.clear()
        finally:
            # On a broken connection the lock went with the session.
            with suppress(*DRIVER_ERRORS):
                _give_lock_back(connection)

    def _integrate(self, connection: Connection, *, is_last: bool) -> Batch | None:
        """Move one batch in one transaction; sign and announce it afterwards."""
        began = self._clock.monotonic()
        with connection.begin():
            self._publisher.publish_due(connection, last=is_last)
            drafts = pending.take(connection, _MOST_PER_BATCH)
            if not drafts:
                self._late.clear()
                return None
            head = self._head or read_head(connection, lock=True)
            self._head = None
            batch = append(connection, head, drafts, to_millis(self._clock.now()))
            postgres.commit(connection, [(_NOTIFY, {})]).answers()
        # Nobody else moves it while the lock is ours; if somebody does, the next
        # batch does not find it and is rolled back.
        self._head = batch.head
        taken = self._clock.monotonic() - began
        note = self._publisher.sign(batch.head)
        self.observer(len(drafts), taken)
        if len(drafts) < _MOST_PER_BATCH:
            self._late.clear()
        self._hand_out(drafts, Integration(batch.head.size, note, batch.prove))
        return batch

    def _hand_out(self, drafts: Sequence[LeafDraft], integration: Integration) -> None:
        with self._lock:
            found = [(self._tickets.pop(draft.id, None), draft) for draft in drafts]
        for waiting, placed in found:
            if waiting is not None:
                ticket, draft = waiting
                draft.index, draft.size = placed.index, placed.size
                draft.leaf = placed.leaf
                _arrive(ticket, draft, integration)

    def _look_up(self, connection: Connection) -> None:
        """Find leaves of ours that another process integrated."""
        with self._lock:
            waiting = list(self._tickets.values())
        if waiting:
            head = read_head(connection)
            note = self._publisher.sign(head)
            for ticket, draft in waiting:
                _answer(connection, ticket, draft, head, note)
        if self._late.is_set() and not self._is_behind(connection):
            self._late.clear()
        connection.commit()

    def _is_behind(self, connection: Connection) -> bool:
        """Say whether leaves wait for longer than a caller would."""
        _count, oldest = pending.waiting(connection)
        if oldest is None:
            return False
        return (self._clock.now() - oldest).total_seconds() > _PATIENCE_SECONDS


def _answer(
    connection: Connection, ticket: Ticket, draft: LeafDraft, head: Head, note: str
) -> None:
    if not store.holds(connection, draft.id):
        return
    found = store.find(connection, UUID(bytes=draft.id))
    if found.index >= head.size:
        # Placed since the head was read; the notice of its batch is under way.
        return
    draft.index, draft.leaf, draft.size = found.index, found.leaf, head.size
    proof = store.inclusion_proof(connection, found.index, head.size)
    _arrive(ticket, draft, Integration(head.size, note, lambda _index: proof))


def _arrive(ticket: Ticket, draft: LeafDraft, integration: Integration) -> None:
    if draft is ticket.drafts[-1] and ticket.integration is None:
        ticket.integration = integration
        ticket.arrived.release()


def _take_lock(connection: Connection) -> bool:
    taken = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": _LOCK})
    is_ours = bool(taken.scalar())
    connection.commit()
    return is_ours


def _give_lock_back(connection: Connection) -> None:
    connection.rollback()
    connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _LOCK})
    connection.commit()
