"""Light acts of one batch: one bad among good ones, refused rows, who declines."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from audit import person, store, subject
from audit.draft import Recorded
from audit.entry import PreparedEntry, prepare
from audit.light import LightWork
from audit.merkle import leaf_hash, verify_inclusion
from audit.work import Work
from consent.oauth import replay
from consent.oauth import tables as oauth
from pds.bank import sqlite_writer
from pds.bank.bank import Bank
from pds.bank.item import Item
from pds.core.errors import NotFound, Unavailable
from pds.core.ids import BANK
from pds.keys.classes import KeyClass
from tests.bank.held import in_one_batch
from tests.bank.lightly import an_entry, declining, record, record_light
from tests.fakes import FrozenClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def ready(bank: Bank) -> Bank:
    """A bank that has encryptions reserved, so that its light acts do not decline."""
    record(bank)
    return bank


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    """The items that were run as ordinary acts."""
    seen: list[Item] = []
    run = sqlite_writer.SqliteWriter._run_item

    def spy(self: sqlite_writer.SqliteWriter, item: Item) -> None:
        seen.append(item)
        run(self, item)

    monkeypatch.setattr(sqlite_writer.SqliteWriter, "_run_item", spy)
    return seen


def check_log(bank: Bank, size: int, outcomes: list[Any]) -> None:
    """Check that a log is whole, and that the outcomes stand in it and are proved."""
    with bank.read() as view:
        assert store.size(view.connection) == person.state(view, BANK).n == size
        assert subject.missing(view, bank.keys, BANK) == []
        assert len(subject.page(view, bank.keys, BANK, limit=100).entries) == size
        for outcome in outcomes:
            integration = outcome.integration
            root = store.root_at(view.connection, integration.size)
            stored = store.leaf_at(view.connection, outcome.result.index)
            assert stored.leaf == outcome.result.draft.leaf
            verify_inclusion(
                outcome.result.index,
                integration.size,
                leaf_hash(stored.leaf),
                integration.proof(outcome.result),
                root,
            )


def bad(work: LightWork, bank: Bank, entry: PreparedEntry) -> Recorded:
    raise NotFound("test.bad", "bad")


def spent(bank: Bank) -> replay.Mark:
    """Return a mark that was spent before."""
    mark = replay.proof_mark(b"k" * 32, "one", bank.clock.now() + timedelta(seconds=9))
    bank.unit_of_work(lambda work: replay.spend(work, mark))
    return mark


def test_light_acts_of_one_batch_stand_in_order(
    ready: Bank, ordinary: list[Item]
) -> None:
    outcomes = in_one_batch(ready, [partial(record, ready)] * 9)

    assert [outcome.result.i for outcome in outcomes] == list(range(2, 11))
    assert [outcome.result.index for outcome in outcomes] == list(range(2, 11))
    # Only the act that held the writer.
    assert len(ordinary) == 1
    check_log(ready, 11, outcomes)


def test_a_bad_light_act_does_not_spoil_its_batch(
    ready: Bank, ordinary: list[Item]
) -> None:
    good, wrong = partial(record, ready), partial(record, ready, light=bad)

    found = in_one_batch(ready, [good, wrong, good, wrong, good])

    assert [type(each) for each in found[1::2]] == [NotFound, NotFound]
    assert len(ordinary) == 1
    check_log(ready, 5, found[::2])


def test_ordinary_acts_see_what_light_ones_left_and_the_other_way_round(
    ready: Bank,
) -> None:
    counts: list[int] = []

    def look(work: Work) -> None:
        counts.append(person.state(work, BANK).n)

    def write() -> Any:
        return ready.recorded(lambda work: work.log.record(an_entry()))

    light = partial(record, ready)
    runs = [light, partial(ready.unit_of_work, look), light, write, light]

    found = in_one_batch(ready, runs)

    assert counts == [3]
    outcomes = [each for each in found if each is not None]
    assert [outcome.result.i for outcome in outcomes] == [2, 3, 4, 5]
    check_log(ready, 6, outcomes)


def test_who_declines_runs_as_an_ordinary_act(
    ready: Bank, ordinary: list[Item]
) -> None:
    light, heavy = partial(record, ready), partial(record, ready, light=declining)

    outcomes = in_one_batch(ready, [light, heavy, light])

    assert len(ordinary) == 1 + 1
    check_log(ready, 5, outcomes)


def test_a_refused_row_lets_each_act_meet_its_own_fate(
    ready: Bank, ordinary: list[Item]
) -> None:
    """A row that a light act should not have left is met by the ordinary act alone."""
    mark = spent(ready)
    entry = prepare(an_entry(), ready.ids, None)

    def careless(work: LightWork) -> Recorded:
        recorded = record_light(work, ready, entry)
        replay.spend_later(work.unwritten, mark)
        return recorded

    def careful(work: Work) -> Recorded:
        if not replay.spend(work, mark):
            raise NotFound("test.spent", "spent")
        return work.log.record(entry)

    good = partial(record, ready)
    runs = [good, lambda: ready.recorded(careful, light=careless), good]
    ordinary.clear()

    found = in_one_batch(ready, [*runs, partial(record, ready, light=bad)])

    assert isinstance(found[1], NotFound)
    # One held the writer; then all four ran by themselves, the bad one's act as well.
    assert len(ordinary) == 1 + 4
    check_log(ready, 5, [found[0], found[2], found[3]])


def test_a_count_that_is_not_there_is_refused(
    ready: Bank, ordinary: list[Item]
) -> None:
    def elsewhere(work: LightWork, bank: Bank, entry: PreparedEntry) -> Recorded:
        recorded = record_light(work, bank, entry)
        unknown = bank.ids.new().bytes
        work.unwritten.put(person.COUNTED, unknown, (1, unknown, 1))
        return recorded

    outcome = record(ready, light=elsewhere)

    assert len(ordinary) == 1
    check_log(ready, 3, [outcome])


def test_a_batch_of_light_acts_that_cannot_commit_leaves_nothing(
    ready: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_writer, "append", failing)
        found = in_one_batch(ready, [partial(record, ready)] * 3)

    assert [type(each) for each in found] == [Unavailable] * 3
    outcome = record(ready)
    check_log(ready, 3, [outcome])


def test_a_new_quarter_turns_the_key_by_an_ordinary_act(
    ready: Bank, clock: FrozenClock, ordinary: list[Item]
) -> None:
    clock.advance(timedelta(days=100))

    outcomes = in_one_batch(ready, [partial(record, ready)] * 3)

    assert [(each.result.gen, each.result.i) for each in outcomes] == [
        (2, 1),
        (2, 2),
        (2, 3),
    ]
    # One held the writer, one turned the key and reserved its encryptions.
    assert len(ordinary) == 1 + 1
    with ready.read() as view:
        assert subject.missing(view, ready.keys, BANK) == []


def test_without_an_active_key_the_ordinary_act_makes_one(ready: Bank) -> None:
    ready.unit_of_work(
        lambda work: work.keys.retire(work.connection, BANK, KeyClass.AUDIT)
    )

    assert record(ready).result.gen == 2


def test_rows_that_wait_are_told_until_they_are_written(ready: Bank) -> None:
    mark = replay.proof_mark(b"k" * 32, "two", ready.clock.now())

    def act(work: Work) -> None:
        unwritten = sqlite_writer.Unwritten()
        replay.spend_later(unwritten, mark)
        assert replay.is_spent(unwritten, mark, kept=False)
        unwritten.write(work.connection)
        assert not replay.is_spent(unwritten, mark, kept=False)
        rows = work.connection.execute(
            select(oauth.replay.c.key).where(oauth.replay.c.key == mark.key)
        )
        assert len(rows.all()) == 1

    ready.unit_of_work(act)
