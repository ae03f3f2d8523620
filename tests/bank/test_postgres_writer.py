"""The PostgreSQL writer when connections break and acts collide."""

import threading
from collections.abc import Callable

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import func, insert, make_url, select

from audit import person, store, subject
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts.tables import login_failure
from pds.bank.bank import Bank
from pds.core.database import Snapshot
from pds.core.errors import Unavailable
from pds.core.ids import BANK
from pds.keys.classes import KeyClass
from tests.conftest import administer

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def write(bank: Bank) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    bank.unit_of_work(lambda work: work.log.record(entry))


def cut_all_connections(bank: Bank) -> None:
    url = make_url(bank.settings.database_url)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    administer(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{url.database}'",
    )


def is_done(act: Callable[[], object]) -> bool:
    try:
        act()
    except Unavailable:
        return False
    return True


def test_writes_go_on_after_every_connection_broke(bank: Bank) -> None:
    write(bank)

    for _ in range(3):
        cut_all_connections(bank)
        assert any(is_done(lambda: write(bank)) for _ in range(20))

    assert any(bank.ready() for _ in range(20))


def test_an_act_whose_commit_fails_leaves_nothing(bank: Bank) -> None:
    def twice(work: Work) -> None:
        entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.twice"})
        recorded = work.log.record(entry)
        # Its leaf cannot wait for the integrator twice.
        work.log.recorded.append(recorded)

    write(bank)
    with pytest.raises(UniqueViolation):
        bank.unit_of_work(twice)
    write(bank)

    with bank.read() as view:
        assert subject.missing(view, bank.keys, BANK) == []
        assert store.size(view.connection) == person.state(view, BANK).n == 3


def test_a_standby_answers_its_own_after_connections_broke(
    bank: Bank, open_another: Callable[[], Bank]
) -> None:
    other = open_another()
    write(other)

    cut_all_connections(bank)

    for each in (bank, other):
        assert any(is_done(lambda each=each: write(each)) for _ in range(20))


def test_a_broken_connection_is_unavailable_to_readers(bank: Bank) -> None:
    def read_a_key() -> None:
        with bank.read() as view:
            cut_all_connections(bank)
            bank.keys.active(view.connection, BANK, KeyClass.AUDIT)

    with pytest.raises(Unavailable):
        read_a_key()


def test_an_act_that_met_another_runs_again(bank: Bank) -> None:
    """Of two that make the same row at once, the second finds it made."""
    inside, may_go_on = threading.Event(), threading.Event()
    found: list[int] = []

    def act(work: Work) -> None:
        seen = count_rows(work)
        found.append(seen)
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            may_go_on.wait(5)
        row = insert(login_failure).values(
            login_index=bytes([seen]), failures=1, last_at=work.now
        )
        work.connection.execute(row)

    slow = threading.Thread(target=bank.unit_of_work, args=(act,))
    slow.start()
    inside.wait(5)
    bank.unit_of_work(act)
    may_go_on.set()
    slow.join()

    with bank.read() as view:
        assert count_rows(view) == 2
    assert found == [0, 0, 1]


def count_rows(snap: Snapshot) -> int:
    query = select(func.count()).select_from(login_failure)
    return int(snap.connection.execute(query).scalar_one())


def test_nobody_waits_for_a_row_for_ever(bank: Bank) -> None:
    owner = BANK
    held, may_go_on = threading.Event(), threading.Event()

    def keep(work: Work) -> None:
        person.hold(work, owner)
        held.set()
        may_go_on.wait(30)

    holder = threading.Thread(target=bank.unit_of_work, args=(keep,))
    holder.start()
    held.wait(5)

    with pytest.raises(Unavailable):
        write(bank)

    may_go_on.set()
    holder.join()
    write(bank)
