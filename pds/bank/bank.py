"""The bank: every part built once, from settings and a clock.

`open_bank` checks before it opens: the schema is current, the keys are the ones this
database was written with, the log is not shorter than its high-water mark, the clock is
not behind the last leaf. Any of these refuses to start.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError

from audit import person
from audit.head import Head, create_head, read_head
from audit.highwater import HighWater
from audit.recorder import Recorder
from audit.signer import LogSigner
from audit.work import Work
from pds.bank import schema
from pds.bank.errors import translated
from pds.bank.file_lock import FileLock
from audit.integration import Outcome
from pds.bank.integrator import Integrator
from pds.bank.postgres_writer import PostgresWriter
from pds.bank.publisher import Publisher
from pds.bank.sqlite_writer import SqliteWriter
from pds.core.clock import Clock, to_millis
from pds.core.database import open_engine, read_snapshot
from pds.core.errors import BankError, NotFound, Unavailable
from pds.core.ids import BANK, Ids, RandomIds
from pds.core.settings import Settings
from pds.crypto.providers.file import FileKeyProvider
from pds.keys import Keyring, checks

T = TypeVar("T")

_LOCK_PATIENCE = 2.0
"""Seconds that a batch waits for another process's batch."""


@dataclass(frozen=True)
class View:
    """A read-only snapshot of one consistent state."""

    connection: Connection
    now: datetime


class Writer(Protocol):
    """Runs acts in transactions of their own and integrates their leaves."""

    def run(self, act: Callable[[Work], T]) -> Outcome[T]:
        """Run an act; see the two writers."""
        ...

    def close(self) -> None:
        """Finish and stop."""
        ...


class Bank:
    """Everything that delivery needs, built by `open_bank`.

    Attributes:
        settings: what the service was told.
        clock: the moment.
        ids: maker of ids and secrets.
        keys: the keyring.
        signer: signs and verifies the log's checkpoints.
        secrets: long-lived named secrets, by name.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        keys: Keyring,
        signer: LogSigner,
        reader: Engine,
        writer: Writer,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.keys = keys
        self.signer = signer
        self.secrets: dict[str, bytes] = {}
        self._reader = reader
        self._writer = writer

    def unit_of_work(self, act: Callable[[Work], T]) -> T:
        """Run an act in one transaction and return what it returns.

        When this returns, what the act wrote is durable and its log leaves stand in a
        signed tree. Any exception of the act rolls it back and is raised again. The act
        may be run again after a rollback, so it does nothing outside the transaction.

        Raises:
            Unavailable: the store cannot commit now; nothing was written.
        """
        return self._writer.run(act).result

    def recorded(self, act: Callable[[Work], T]) -> Outcome[T]:
        """Run an act as `unit_of_work` does, and also say where its leaves stand."""
        return self._writer.run(act)

    @contextmanager
    def read(self) -> Iterator[View]:
        """Open a read-only snapshot.

        Raises:
            Unavailable: the database cannot be read now.
        """
        try:
            with read_snapshot(self._reader) as connection:
                yield View(connection, self.clock.now())
        except DBAPIError as error:
            raise translated(error) from None

    def ready(self) -> bool:
        """Say whether the database answers and the log has its head."""
        try:
            with self.read() as view:
                read_head(view.connection)
        except BankError:
            return False
        return True

    def close(self) -> None:
        """Finish what is waiting and let everything go."""
        self._writer.close()
        self._reader.dispose()
