"""The single SQLite writer under load, locks, a full disk and bad acts."""

import fcntl
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from audit import person, store
from audit.entry import Entry
from audit.leaf import EventType
from audit.merkle import leaf_hash, verify_inclusion
from audit.work import Work
from pds.bank.bank import Bank, open_bank
from pds.core.errors import NotFound, Unavailable
from pds.core.ids import BANK
from pds.core.settings import Settings
from tests.fakes import FrozenClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def an_entry() -> Entry:
    return Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})


def database_path(bank: Bank) -> str:
    return str(make_url(bank.settings.database_url).database)


def test_many_threads_get_gapless_proved_places(bank: Bank) -> None:
    outcomes = []

    def write() -> None:
        outcomes.extend(
            bank.recorded(lambda work: work.log.record(an_entry())) for _ in range(8)
        )

    threads = [threading.Thread(target=write) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(o.result.index for o in outcomes) == list(range(1, 129))
    for outcome in outcomes:
        integration = outcome.integration
        with bank.read() as view:
            root = store.root_at(view.connection, integration.size)
        verify_inclusion(
            outcome.result.index,
            integration.size,
            leaf_hash(outcome.result.draft.leaf),
            integration.proof(outcome.result),
            root,
        )


def test_a_failing_act_does_not_spoil_its_batch(bank: Bank) -> None:
    errors = []

    def bad(work: Work) -> None:
        work.log.record(an_entry())
        raise NotFound("test.bad", "bad")

    def run(act: Callable[[Work], object]) -> None:
        try:
            bank.unit_of_work(act)
        except NotFound as error:
            errors.append(error.code)

    acts = [bad, lambda work: work.log.record(an_entry())] * 10
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == ["test.bad"] * 10
    with bank.read() as view:
        assert store.size(view.connection) == 11
        assert person.state(view, BANK).n == 11


def test_a_lock_held_by_another_process_is_unavailable(
    bank: Bank, clock: FrozenClock
) -> None:
    """The patience is measured on the injected clock, which a retry moves."""
    lock = Path(f"{database_path(bank)}.lock").open("r+")  # noqa: SIM115 - closed below
    fcntl.flock(lock, fcntl.LOCK_EX)
    clock.monotonic = iter(range(1000)).__next__

    with pytest.raises(Unavailable) as caught:
        bank.unit_of_work(lambda work: work.log.record(an_entry()))
    lock.close()

    assert caught.value.code == "store.locked"
    bank.unit_of_work(lambda work: work.log.record(an_entry()))


def test_a_database_locked_by_a_stranger_is_unavailable(bank: Bank) -> None:
    stranger = sqlite3.connect(database_path(bank), isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable) as caught:
        bank.unit_of_work(lambda work: work.log.record(an_entry()))
    stranger.execute("ROLLBACK")
    stranger.close()

    assert caught.value.code == "store.unavailable"
    bank.unit_of_work(lambda work: work.log.record(an_entry()))


def test_a_full_database_is_unavailable_and_loses_nothing(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    bank.close()
    with sqlite3.connect(database_path(bank)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    small = open_bank(replace(settings, max_page_count=pages + 8), clock)
    written = 1

    def write_until_full() -> None:
        nonlocal written
        while True:
            small.unit_of_work(lambda work: work.log.record(an_entry()))
            written += 1

    with pytest.raises(Unavailable):
        write_until_full()
    small.close()

    again = open_bank(settings, clock)
    with again.read() as view:
        assert store.size(view.connection) == written
    again.unit_of_work(lambda work: work.log.record(an_entry()))
    again.close()


def test_the_writer_refuses_acts_once_closed(bank: Bank) -> None:
    bank.close()

    with pytest.raises(Unavailable):
        bank.unit_of_work(lambda work: work.log.record(an_entry()))


def test_an_act_inside_an_act_is_a_mistake_and_no_deadlock(bank: Bank) -> None:
    with pytest.raises(RuntimeError):
        bank.unit_of_work(lambda _work: bank.unit_of_work(lambda _inner: None))
