"""Chores that come due, and one that fails without stopping the others."""

from datetime import timedelta

from audit import store
from audit.leaf import EventType, parse_leaf
from pds.bank.bank import Bank
from pds.bank.chores import chores, tally_refusals
from pds.bank.housekeeping import Chore, Housekeeping
from tests.fakes import FrozenClock


def last_leaf(bank: Bank) -> dict[str, object]:
    with bank.read() as view:
        size = store.size(view.connection)
        return parse_leaf(store.leaf_at(view.connection, size - 1).leaf)


def test_a_turn_does_what_is_due_and_waits_for_the_rest(
    bank: Bank, clock: FrozenClock
) -> None:
    done: list[str] = []

    def fail(_bank: Bank) -> None:
        done.append("bad")
        raise ValueError("bad")

    housekeeping = Housekeeping(
        bank,
        [
            Chore("bad", timedelta(seconds=10), fail),
            Chore("good", timedelta(minutes=1), lambda _bank: done.append("good")),
        ],
    )
    housekeeping.turn()
    clock.advance(timedelta(seconds=10))
    housekeeping.turn()

    assert done == ["bad", "good", "bad"]


def test_a_clock_that_ran_ahead_for_a_moment_stops_no_chore(
    bank: Bank, clock: FrozenClock
) -> None:
    done: list[str] = []
    chore = Chore("one", timedelta(minutes=1), lambda _bank: done.append("one"))
    housekeeping = Housekeeping(bank, [chore])
    right = clock.moment
    clock.moment += timedelta(days=366)
    housekeeping.turn()
    clock.moment = right
    housekeeping.turn()
    housekeeping.turn()

    assert done == ["one", "one"]


def test_all_chores_run_on_an_empty_bank(bank: Bank) -> None:
    for chore in chores():
        chore.act(bank)


def test_refusals_of_an_hour_become_one_leaf(bank: Bank) -> None:
    for _ in range(3):
        bank.refusals.note("oauth.invalid-token")
    bank.refusals.note("oauth.invalid-dpop-proof")

    tally_refusals(bank)
    tally_refusals(bank)

    leaf = last_leaf(bank)
    assert leaf["typ"] == EventType.LOG_TALLY
    assert leaf["n"] == 10
    with bank.read() as view:
        assert store.size(view.connection) == 2


def test_the_thread_starts_and_stops(bank: Bank) -> None:
    housekeeping = Housekeeping(bank, [])

    housekeeping.start()
    housekeeping.stop()
