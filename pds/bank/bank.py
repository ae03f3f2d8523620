"""The bank: every part built once, from settings and a clock.

`open_bank` checks before it opens: the schema is current, the keys are the ones this
database was written with, the log is not shorter than its high-water mark, the clock is
not behind the last leaf. Any of these refuses to start.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url

from audit import known_time, quarter
from audit.head import read_head
from audit.integration import Outcome
from audit.light import LightWork
from audit.recorder import Recorder
from audit.work import Work
from consent.profile import CertificationProfile
from pds.bank.backoff import Backoff
from pds.bank.beginning import Keys, begin, open_keys
from pds.bank.errors import DRIVER_ERRORS, translated
from pds.bank.file_lock import FileLock
from pds.bank.gates import Gates
from pds.bank.integrator import Integrator
from pds.bank.log_check import check_log, is_behind
from pds.bank.numbers import BatchObserver
from pds.bank.postgres_writer import PostgresWriter
from pds.bank.publisher import Publisher
from pds.bank.sqlite_writer import MakeLight, SqliteWriter
from pds.bank.undelivered import UndeliveredFolder
from pds.bank.writer import Writer
from pds.core.clock import Clock
from pds.core.database import open_engine, read_snapshot
from pds.core.errors import BankError
from pds.core.ids import Ids, RandomIds
from pds.core.settings import Settings
from pds.core.unwritten import Unwritten
from pds.disclosure.release import Undelivered
from pds.disclosure.selecting import Selector
from pds.disclosure.tally import RefusalTally
from pds.keys import checks
from pds.keys.keyring import Keyring
from pds.vault.service import Vault

T = TypeVar("T")

_LOCK_PATIENCE = 2.0
"""Seconds that a batch waits for another process's batch."""


@dataclass(frozen=True)
class View:
    """A read-only snapshot of one consistent state."""

    connection: Connection
    now: datetime


class Bank(Gates):
    """Everything that delivery needs, built by `open_bank`.

    Attributes:
        settings: what the service was told.
        clock: the moment.
        ids: maker of ids and secrets.
        keys: the keyring.
        profile: the certification profile in force.
        signer: signs the log's checkpoints.
        provider: holds the key-encryption keys.
        pseudonyms: names persons for auditors.
        vault: stores and opens records.
        selector: reads the vault within a permit.
        refusals: counts of calls turned away at the door.
        undelivered: disclosures that the log has to be told did not go.
        chores_done, chores_failed: when each last went well here, how often it failed.
        witness_failures: when each witness of the policy last failed in this process.
        replaced_up_to: commitment up to which this process looked for keys to replace.
        time_failures: how asking for time stamps went wrong in this process.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        keys: Keyring,
        own: Keys,
        reader: Engine,
        writer: Writer,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.keys = keys
        self.signer = own.signer
        self.provider = own.provider
        self.pseudonyms = own.pseudonyms
        self._reader = reader
        self._writer = writer
        self._secrets: dict[str, bytes] = {}
        self.chores_done: dict[str, datetime] = {}
        self.chores_failed: dict[str, int] = {}
        self.witness_failures: dict[str, datetime] = {}
        self.time_failures = Backoff()
        self.replaced_up_to = b""
        self.profile = CertificationProfile(settings.certification_profile)
        self.refusals = RefusalTally()
        self.undelivered = UndeliveredFolder(settings.data_dir)
        self.vault = Vault(keys)
        self.selector = Selector(self.vault, keys)

    def unit_of_work(self, act: Callable[[Work], T]) -> T:
        """Run an act in one transaction and return what it returns.

        When this returns, what the act wrote is durable and its log leaves stand in a
        signed tree. Any exception of the act rolls it back and is raised again. The act
        may be run again after a rollback, so it does nothing outside the transaction.

        Raises:
            Unavailable: the store cannot commit now; nothing was written.
        """
        return self._writer.run(act).result

    def recorded(
        self,
        act: Callable[[Work], T],
        *,
        light: Callable[[LightWork], T] | None = None,
        owed: bool = False,
    ) -> Outcome[T]:
        """Run an act as `unit_of_work` does, and also say where its leaves stand.

        Where it is given in a light form too (`audit.light`), either may be run. One
        that is owed completes an earlier entry: it is let in however many wait.
        """
        return self._writer.run(act, light=light, owed=owed)

    def not_delivered(self, what: Undelivered) -> None:
        """Have the log say, now or later, that a disclosure did not go."""
        self.undelivered.add(self, what)

    @contextmanager
    def read(self) -> Iterator[View]:
        """Open a read-only snapshot.

        Raises:
            Unavailable: the database cannot be read now.
        """
        try:
            with read_snapshot(self._reader) as connection:
                yield View(connection, self.clock.now())
        except DRIVER_ERRORS as error:
            raise translated(error) from None

    def secret(self, name: str) -> bytes:
        """Return the 32 bytes kept under a name beside the keys; made at first use.

        Raises:
            KeyProviderError: the secret is not the one of this database.
        """
        if name not in self._secrets:
            self._secrets[name] = self.unit_of_work(
                lambda work: checks.named_secret(
                    work.connection, self.provider, name, now=work.now
                )
            )
        return self._secrets[name]

    def checkpoint(self) -> str:
        """Return the signed checkpoint of the log as it stands now."""
        with self.read() as view:
            head = read_head(view.connection)
        return self.signer.sign(head.size, head.root())

    def ready(self) -> bool:
        """Say whether the bank could read, write and grow its log now."""
        if not self._writer.is_alive():
            return False
        try:
            with self.read() as view:
                read_head(view.connection)
            head = self.unit_of_work(lambda work: read_head(work.connection))
        except BankError:
            return False
        return not is_behind(self.clock, head)

    def clock_is_ahead(self) -> bool:
        """Say whether the clock is too far ahead of what is known to be believed."""
        with self.read() as view:
            return known_time.is_ahead(view)

    def watch_batches(self, observer: BatchObserver) -> None:
        """Tell an observer of each batch of leaves: how many, in how many seconds."""
        self._writer.watch(observer)

    def waiting(self) -> int:
        """Return how many acts of this process wait to be durable."""
        return self._writer.waiting()

    def close(self) -> None:
        """Finish what is waiting and let everything go."""
        self._writer.close()
        self._reader.dispose()


def open_bank(settings: Settings, clock: Clock) -> Bank:
    """Check everything, then open the bank.

    Raises:
        BankError: with a code and a sentence that says what to change.
        KeyProviderError: the same, about keys.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as opened:
        bank = _open(settings, clock, opened)
        bank.unit_of_work(lambda work: begin(work, settings, bank.provider))
        # All is well: from here on the caller closes.
        opened.pop_all()
    return bank


def _open(settings: Settings, clock: Clock, opened: ExitStack) -> Bank:
    """Build the parts; what was opened is closed again if a later one fails."""
    url, patience = settings.database_url, settings.database_seconds
    reader = open_engine(url, writer=False, patience=patience)
    opened.callback(reader.dispose)
    most = settings.max_page_count
    engine = open_engine(url, writer=True, max_page_count=most, patience=patience)
    opened.callback(engine.dispose)
    ids = RandomIds(clock)
    own = open_keys(settings, engine, ids)
    # Before anything writes or signs: a refused database must not move the mark.
    check_log(settings, reader, clock)
    keys = Keyring(own.provider, ids, monotonic=clock.monotonic)

    years = settings.audit_retention_years

    def make_work(connection: Connection) -> Work:
        now = clock.now()
        recorder = Recorder(connection, now, ids, keys, years, own.pseudonyms)
        return Work(connection, now, ids, keys, recorder)

    def make_light(driver: sqlite3.Connection, unwritten: Unwritten) -> LightWork:
        now = clock.now()
        until = quarter.destroy_after(now, years)
        return LightWork(now, keys, until, unwritten, driver)

    publisher = Publisher(own.signer, settings.key_dir, clock)
    writer = _open_writer(
        settings, engine, reader, make_work, make_light, publisher, clock
    )
    opened.callback(writer.close)
    return Bank(settings, clock, ids, keys, own, reader, writer)


def _open_writer(
    settings: Settings,
    engine: Engine,
    reader: Engine,
    make_work: Callable[[Connection], Work],
    make_light: MakeLight,
    publisher: Publisher,
    clock: Clock,
) -> Writer:
    if not settings.is_sqlite:
        integrator = Integrator(engine, reader, publisher, clock)
        return PostgresWriter(engine, make_work, integrator)
    lock = FileLock(
        Path(f"{make_url(settings.database_url).database}.lock"),
        patience=_LOCK_PATIENCE,
        clock=clock,
        pause=sleep,
    )
    return SqliteWriter(engine, lock, make_work, publisher, clock, make_light)
