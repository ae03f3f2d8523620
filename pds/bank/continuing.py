"""`infobank audit continue`: going on after a loss, openly and under a new origin.

States: lost (the database does not reach the high-water mark, nothing starts) →
continued (one transaction: new origin, `log:continued`, the end of every generation of
keys) → erased again (whoever the ledger names, see `pds.bank.erasing_again`) → signed
and published → marked (the mark names the new log, all starts again).
A kill leaves one of these states, and the same command goes on from there.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from sqlalchemy import Connection, Engine, make_url

from audit import store
from audit.checkpoint import open_checkpoint
from audit.continuation import continued, go_on, restored_before
from audit.errors import VerificationError
from audit.head import Head, read_head
from audit.highwater import LogRolledBack, Mark, check_mark, read_mark, write_mark
from audit.leaf import is_name
from audit.recorder import Recorder
from audit.sequencer import append
from audit.work import Work
from pds.bank import schema
from pds.bank.erasing_again import erase_again
from pds.bank.errors import DRIVER_ERRORS, translated
from pds.bank.file_lock import FileLock
from pds.bank.key_provider import open_key_provider
from pds.bank.log_keys import load_signer
from pds.core.clock import Clock, to_millis
from pds.core.database import is_sqlite, open_engine
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RandomIds
from pds.core.settings import Settings
from pds.keys import checks
from pds.keys.keyring import Keyring
from pds.keys.restoring import end_generations

_LOCK_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Continued:
    """What the command did.

    Attributes:
        old: the mark of the log that was lost.
        restored: how many of its entries the tree still holds.
        head: the head under the new origin.
        vkey: the verifier keys of the new log, one a line.
    """

    old: Mark
    restored: int
    head: Head
    vkey: str


def continue_log(settings: Settings, clock: Clock, reason: str) -> Continued:
    """Let the log of a restored database go on under INFOBANK_LOG_ORIGIN.

    Raises:
        Invalid: the reason is no code, or the origin was used before.
        Conflict: nothing is lost.
        Unavailable: the restored tree is damaged, or the store cannot be written.
        KeyProviderError: the keys are not those of this database.
    """
    if not is_name(reason):
        raise Invalid("log.reason", "The reason is a code such as backup-restored.")
    mark = read_mark(settings.key_dir)
    if mark is None:
        raise Conflict("log.nothing-lost", "There is no mark that could be missed.")
    recovery = _Recovery(settings, clock, mark)
    try:
        return recovery.run(reason)
    except DRIVER_ERRORS as error:
        raise translated(error) from None


class _Recovery:
    """One run of the command."""

    def __init__(self, settings: Settings, clock: Clock, mark: Mark) -> None:
        self._settings = settings
        self._clock = clock
        self._mark = mark
        self._ids = RandomIds(clock)
        self._provider = open_key_provider(settings, may_create=False)
        self._keys = Keyring(self._provider, self._ids)
        self._signer = load_signer(settings, self._provider)

    def run(self, reason: str) -> Continued:
        folder, mark = self._settings.key_dir, self._mark
        with ExitStack() as opened:
            engine = open_engine(self._settings.database_url, writer=True)
            opened.callback(engine.dispose)
            if self._settings.is_sqlite:
                opened.enter_context(_alone(self._settings, self._clock))
            with _transaction(engine) as connection:
                schema.check_current(connection)
                restored, head = self._continue(self._work(connection), reason)
            with _transaction(engine) as connection:
                head = self._erase_again(self._work(connection))
            # Signed only now that it cannot be lost any more.
            note = self._signer.sign(head.size, head.root())
            now = self._clock.now()
            with _transaction(engine) as connection:
                note = self._signer.complete(note, now)
                store.publish(connection, head.size, note, now)
            write_mark(folder, Mark(head.origin, head.size, head.root()))
        return Continued(mark, restored, head, self._signer.vkeys)

    def _work(self, connection: Connection) -> Work:
        now, years = self._clock.now(), self._settings.audit_retention_years
        recorder = Recorder(connection, now, self._ids, self._keys, years)
        return Work(connection, now, self._ids, self._keys, recorder)

    def _continue(self, work: Work, reason: str) -> tuple[int, Head]:
        connection = work.connection
        head = read_head(connection, lock=not is_sqlite(connection))
        checks.check_provider(connection, self._provider, now=work.now)
        if head.origin == self._settings.log_origin != self._mark.origin:
            restored = restored_before(work, self._keys, self._mark)
            if restored is not None:
                return restored, head
        self._check_lost(connection, head)
        self._check_origin(connection, head)
        entry = continued(
            self._mark, head.size, self._checkpoint(connection, head), reason
        )
        end_generations(connection)
        now_ms = to_millis(work.now)
        origin = self._settings.log_origin
        return head.size, go_on(work, origin, entry, now_ms)

    def _erase_again(self, work: Work) -> Head:
        """Erase whom the restored copy brought back; return the head after it."""
        connection = work.connection
        head = read_head(connection, lock=not is_sqlite(connection))
        if not erase_again(work, self._settings):
            return head
        return append(connection, head, work.log.drafts, to_millis(work.now)).head

    def _check_lost(self, connection: Connection, head: Head) -> None:
        """Refuse unless the database holds less than was signed, and holds it whole."""
        try:
            check_mark(connection, head, self._mark)
        except LogRolledBack as error:
            if error.code == "log.inconsistent":
                raise
        else:
            raise Conflict(
                "log.nothing-lost", "The database holds all that was signed."
            )

    def _check_origin(self, connection: Connection, head: Head) -> None:
        origin = self._settings.log_origin
        used = origin in {head.origin, self._mark.origin}
        if used or store.was_published(connection, origin):
            raise Invalid(
                "log.origin-used",
                f"INFOBANK_LOG_ORIGIN names the log {origin}, which was signed before."
                " Set a name that no log has had.",
            )

    def _checkpoint(self, connection: Connection, head: Head) -> str:
        """Return the last published checkpoint of what was restored, checked."""
        if store.root_at(connection, head.size) != head.root():
            raise _damaged()
        latest = store.latest_checkpoint(connection)
        if latest is None:
            return ""
        known = load_signer(self._settings, self._provider, head.origin).verifier
        try:
            signed, _note = open_checkpoint(latest.note, [known])
            is_whole = store.root_at(connection, signed.size) == signed.root
        except VerificationError:
            is_whole = False
        if not is_whole:
            raise _damaged()
        return latest.note


def _damaged() -> LogRolledBack:
    return LogRolledBack(
        "log.inconsistent",
        "The restored tree is not the one that was signed; restore another copy.",
    )


@contextmanager
def _alone(settings: Settings, clock: Clock) -> Iterator[None]:
    """Keep other processes away from the SQLite file."""
    path = Path(f"{make_url(settings.database_url).database}.lock")
    lock = FileLock(path, patience=_LOCK_PATIENCE, clock=clock, pause=sleep)
    try:
        with lock.held():
            yield
    finally:
        lock.close()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.begin()
        if is_sqlite(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
