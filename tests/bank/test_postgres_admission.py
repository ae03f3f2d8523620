"""Who is turned away on PostgreSQL, and who still finishes when the bank closes."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Self

import pytest

from audit import store
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.bank import integrator, postgres_writer
from pds.bank.bank import Bank, open_bank
from pds.core.clock import Clock
from pds.core.errors import Unavailable
from pds.core.settings import Settings

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def record(work: Work) -> None:
    work.log.record(Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"}))


def size_of(bank: Bank) -> int:
    with bank.read() as view:
        return store.size(view.connection)


class Held:
    """An act under way in a thread of its own until the block lets it go on."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._inside, self.may_go_on = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=bank.unit_of_work, args=(self._act,))

    def __enter__(self) -> Self:
        self.thread.start()
        assert self._inside.wait(30)
        return self

    def __exit__(self, *_error: object) -> None:
        self.may_go_on.set()
        self.thread.join()

    def _act(self, work: Work) -> None:
        self._inside.set()
        assert self.may_go_on.wait(30)
        record(work)


def refused_with(act: Callable[[], object]) -> str:
    with pytest.raises(Unavailable) as caught:
        act()
    return caught.value.code


def test_too_many_acts_are_refused_and_those_inside_finish(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank._writer._admission, "_most", 1)
    before = size_of(bank)

    with Held(bank):
        assert bank.waiting() == 1
        assert refused_with(lambda: bank.unit_of_work(record)) == "store.busy"

    bank.unit_of_work(record)
    assert bank.waiting() == 0
    assert size_of(bank) == before + 2


def test_what_the_log_is_owed_is_not_refused(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank._writer._admission, "_most", 0)
    bank._writer._integrator._late.set()

    assert refused_with(lambda: bank.recorded(record)) == "store.busy"
    assert bank.recorded(record, owed=True).integration is not None


def test_who_finds_no_connection_is_unavailable(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = bank._writer._connections
    monkeypatch.setattr(connections, "_patience", 0.01)

    with ExitStack() as held:
        for _ in range(postgres_writer._MOST_CONNECTIONS):
            held.enter_context(connections.lent())
        assert refused_with(lambda: bank.unit_of_work(record)) == "store.unavailable"

    bank.unit_of_work(record)


def test_a_connection_serves_one_act_after_another(bank: Bank) -> None:
    for _ in range(3):
        bank.unit_of_work(record)
    with pytest.raises(ZeroDivisionError):
        bank.unit_of_work(lambda _work: 1 / 0)

    # One of the integrator, one of the acts.
    assert bank._writer._engine.pool.checkedin() + bank.waiting() <= 1
    assert bank._writer._engine.pool.checkedout() <= 2


def test_acts_are_refused_while_the_integrator_is_behind(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = size_of(bank)

    fails = threading.Event()

    def failing(*_given: object) -> None:
        fails.set()
        raise RuntimeError("no batch today")

    with monkeypatch.context() as patch:
        patch.setattr(integrator, "_PATIENCE_SECONDS", 0.0)
        patch.setattr(integrator.pending, "take", failing)
        # After a failed turn the thread asks whether it is behind still; leaves that
        # wait for no time at all by the bank's standing clock would not count.
        patch.setattr(integrator.Integrator, "_is_behind", lambda *_given: True)
        # A turn that began before would find nothing owed and call it caught up.
        assert fails.wait(30)
        assert refused_with(lambda: bank.unit_of_work(record)) == "store.slow"
        assert refused_with(lambda: bank.unit_of_work(record)) == "store.behind"
        assert not bank.ready()

    late = bank._writer._integrator._late
    while late.is_set():
        late.wait(0.001)
    bank.unit_of_work(record)
    # The one that waited in vain stands, the refused one does not.
    assert size_of(bank) == before + 2


def test_closing_lets_an_act_finish_and_takes_no_other(
    bank: Bank, settings: Settings, clock: Clock
) -> None:
    before = size_of(bank)
    closer = threading.Thread(target=bank.close)

    with Held(bank) as held:
        closer.start()
        while not bank._writer._admission._closed:
            closer.join(0.001)
        assert refused_with(lambda: bank.unit_of_work(record)) == "store.busy"
        assert held.thread.is_alive()
        assert closer.is_alive()
    closer.join()

    with closing(open_bank(settings, clock)) as again:
        assert size_of(again) == before + 1
