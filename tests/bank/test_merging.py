"""The chore that merges handles: on a real bank, beside others, killed in a step."""

import signal
from contextlib import closing

import pytest

from audit import census_walk, handle_runs, store, subject
from audit.entry import Entry
from audit.handle_runs import MOST, RUN
from audit.leaf import EventType
from pds.bank.bank import open_bank
from pds.bank.merging import merge_handles
from pds.core.clock import SystemClock
from pds.core.ids import BANK
from tests.bank.dying import Death, deaths, environment_of

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def full(bank):
    """A bank whose log holds a full run and a little more."""
    fill(bank)
    return bank


def fill(bank):
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})

    def act(work):
        for _ in range(RUN + 2):
            work.log.record(entry)

    bank.unit_of_work(act)


def runs(bank):
    with bank.read() as view:
        rows = view.connection.exec_driver_sql(
            "SELECT level, no, count(*) FROM log_sub_run GROUP BY level, no"
        )
        return [tuple(row) for row in rows]


@only_sqlite
def test_the_chore_merges_a_full_run_and_every_entry_is_found(full):
    assert merge_handles(full) == RUN // MOST
    assert merge_handles(full) == 0

    assert runs(full) == [(0, 0, RUN)]
    with full.read() as view:
        assert subject.missing(view, full.keys, BANK) == []
        page = subject.page(view, full.keys, BANK)
        assert page.entries[0].index == store.size(view.connection) - 1
        census = census_walk.take(view, full.keys)
    assert census.holds
    assert census.accounted == census.size > RUN


@only_sqlite
def test_a_turn_stops_where_the_next_may_go_on(full, monkeypatch):
    monkeypatch.setattr("pds.bank.merging._MOST", 1)

    assert [merge_handles(full) for _ in range(3)] == [1, 1, 0]


@only_sqlite
def test_two_processes_merge_the_same_run(full, open_another):
    other = open_another()
    with full.read() as view:
        assert handle_runs.due(view.connection) is not None

    assert merge_handles(other) == RUN // MOST
    full.unit_of_work(lambda work: handle_runs.step(work.connection))

    assert runs(full) == [(0, 0, RUN)]


def test_on_postgresql_nothing_is_ever_due(bank):
    if bank.settings.is_sqlite:
        assert merge_handles(bank) == 0
        return
    with bank.read() as view:
        assert handle_runs.due(view.connection) is None


@only_sqlite
def test_a_kill_in_a_step_leaves_every_handle_in_one_place(settings):
    settings.data_dir.mkdir(mode=0o700, exist_ok=True)
    with closing(open_bank(settings, SystemClock())) as bank:
        fill(bank)
    said = str(settings.data_dir / "said")
    task = "pds.bank.merging:merge_handles"
    steps = [
        "audit.handle_runs:_RECENT_UP.run",
        "audit.handle_runs:_RECENT_GONE.run",
        "pds.bank.merging:_step",
        # After the commit, which all the others were not to reach.
        "pds.bank.bank:Bank.unit_of_work",
    ]
    with deaths() as dying:
        for step in steps:
            death = Death(environment_of(settings), step, "after", 0, said, task)
            assert dying.die(death) == -signal.SIGKILL

    with closing(open_bank(settings, SystemClock())) as bank:
        assert runs(bank) == [(0, 0, MOST)]
        merge_handles(bank)
        assert runs(bank) == [(0, 0, RUN)]
        with bank.read() as view:
            assert subject.missing(view, bank.keys, BANK) == []
