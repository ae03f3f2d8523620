"""Several writers at once, a queue that is full, and commits of unknown outcome."""

import signal
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection

from audit import person, store, subject
from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.receipt_check import verify_receipt
from pds.bank import sqlite_writer
from pds.bank.bank import Bank, open_bank
from pds.core import postgres
from pds.core.clock import SystemClock
from pds.core.errors import Unavailable
from pds.core.ids import BANK
from pds.core.postgres import Sent, Step
from pds.core.settings import Settings
from tests.bank.dying import Death, Deaths, deaths, environment_of

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def write(bank: Bank) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    bank.unit_of_work(lambda work: work.log.record(entry))


def receipts_in(said: bytes) -> list[bytes]:
    """Return the receipts that a dying process has printed, but for a torn last line.

    Between them it may complain of the other one's death.
    """
    lines = said.decode().rpartition("\n")[0].split("\n")
    words = [line.split() for line in lines if line.startswith("receipt ")]
    return [bytes.fromhex(value) for _receipt, value in words]


def size_of(bank: Bank) -> int:
    """Return the size of the log, in which every entry of the bank stands once."""
    with bank.read() as view:
        assert subject.missing(view, bank.keys, BANK) == []
        size = store.size(view.connection)
        assert size == person.state(view, BANK).n
    return size


def test_two_processes_with_four_threads_each_share_one_log(settings: Settings) -> None:
    """On PostgreSQL the one that integrates dies, and the other takes its place."""
    open_bank(settings, SystemClock()).close()
    step, moment = "pds.bank.publisher:Publisher.sign", "before"
    files = [settings.data_dir / name for name in ("one", "other")]
    asked = [
        Death(environment_of(settings), step, moment, 25, str(file)) for file in files
    ]
    with deaths() as one, deaths() as other, ThreadPoolExecutor(2) as both:
        ended = list(both.map(Deaths.die, [one, other], asked))
    said = [each.read_bytes() for each in files]

    assert ended == [-signal.SIGKILL] * 2
    receipts = [receipt for each in said for receipt in receipts_in(each)]
    assert receipts
    # Neither was upset by the other.
    assert not [each for each in said if b"VerificationError" in each]
    with closing(open_bank(settings, SystemClock())) as bank:
        write(bank)
        shown = [verify_receipt(each, [bank.signer.vkey]) for each in receipts]
        assert len({each.index for each in shown}) == len(shown)
        assert max(each.index for each in shown) < size_of(bank)
        with bank.read() as view:
            for each in shown:
                stored = store.leaf_at(view.connection, each.index)
                assert stored.leaf == canonical(each.leaf)


@on_sqlite
def test_a_full_queue_refuses_and_keeps_what_it_took(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, may_go_on = threading.Event(), threading.Event()

    def slow(_work: Any) -> None:
        inside.set()
        may_go_on.wait(30)

    first = threading.Thread(target=bank.unit_of_work, args=(slow,))
    first.start()
    assert inside.wait(30)
    monkeypatch.setattr(sqlite_writer, "_MOST_WAITING", 0)
    second = threading.Thread(target=write, args=(bank,))
    second.start()
    while not bank.waiting():
        second.join(0.001)

    with pytest.raises(Unavailable) as caught:
        write(bank)
    may_go_on.set()
    first.join()
    second.join()

    assert caught.value.code == "store.busy"
    assert size_of(bank) == 2


class Doubtful:
    """A driver's connection whose next commit is reported as failed."""

    def __init__(self, driver: Any, *, commits: bool) -> None:
        self._driver, self._commits, self._left = driver, commits, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def execute(self, sql: str, *given: Any) -> Any:
        if sql == "COMMIT" and self._left:
            self._left = 0
            if self._commits:
                self._driver.execute(sql)
            raise sqlite3.OperationalError("disk I/O error")
        return self._driver.execute(sql, *given)


@on_sqlite
@pytest.mark.parametrize("commits", [True, False])
def test_a_commit_reported_as_failed_releases_nothing_on_sqlite(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, commits: bool
) -> None:
    writer: Any = bank._writer
    doubtful = Doubtful(writer._driver, commits=commits)
    monkeypatch.setattr(writer, "_driver", doubtful)

    with pytest.raises(Unavailable):
        write(bank)
    write(bank)

    # A leaf may stand without a release; there is never a gap or a second one.
    assert size_of(bank) == (3 if commits else 2)


@on_postgres
@pytest.mark.parametrize("commits", [True, False])
def test_a_commit_of_unknown_outcome_is_looked_up_on_postgresql(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, commits: bool
) -> None:
    real, left = postgres.commit, [1]

    def doubtful(connection: Connection, steps: Sequence[Step]) -> Sent:
        if threading.current_thread() is threading.main_thread() and left[0]:
            left[0] = 0
            if commits:
                real(connection, steps).answers()
            driver: Any = connection.connection.driver_connection
            driver.close()
        return real(connection, steps)

    monkeypatch.setattr(postgres, "commit", doubtful)
    if commits:
        write(bank)
    else:
        with pytest.raises(Unavailable):
            write(bank)
    write(bank)

    assert left == [0]
    assert size_of(bank) == (3 if commits else 2)
