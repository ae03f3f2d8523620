"""Details whose time of record keeping is over, on both databases."""

import json
from datetime import timedelta

import pytest

from audit import (
    census_walk,
    export,
    handles,
    person,
    retention,
    store,
    subject,
)
from audit.census import CensusFault
from audit.entry import Entry
from audit.leaf import EventType, parse_leaf
from audit.retention import HoldReason
from audit.verifier.__main__ import main as verify
from pds.bank.retiring import destroy_details
from pds.cli.census import said
from pds.core.errors import Conflict
from pds.core.ids import BANK, OwnerId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from tests.fakes import vouched

PAST = timedelta(days=3 * 366 + 92)
"""Longer than a quarter and three years."""


@pytest.fixture
def taro(bank):
    """A person with entries in two quarters: three and then two."""
    owner = OwnerId(bank.ids.new())
    bank.unit_of_work(lambda work: person.open_subject(work, owner))
    look(bank, owner)
    look(bank, owner)
    return owner


def wait(bank, clock, step):
    """Let time pass that the operator vouches for."""
    clock.advance(step)
    bank.unit_of_work(vouched)


def look(bank, owner):
    entry = Entry(type=EventType.STAFF_VIEWED, subject=owner)
    bank.unit_of_work(lambda work: work.log.record(entry))


def census(bank):
    with bank.read() as snap:
        return census_walk.take(snap, bank.keys)


def faults(bank):
    return {each.fault for each in census(bank).differences}


def told(bank, owner):
    with bank.read() as snap:
        return retention.newest(snap, bank.keys, owner)


def details(bank, owner):
    with bank.read() as snap:
        return snap.connection.exec_driver_sql(
            "SELECT count(*) FROM log_detail WHERE gen = 1"
        ).scalar_one()


def test_nothing_goes_before_its_time(bank, taro, clock):
    with bank.read() as snap:
        due = bank.keys.active(snap.connection, taro, KeyClass.AUDIT).destroy_after
    wait(bank, clock, due - clock.now() - timedelta(milliseconds=1))

    assert destroy_details(bank) == 0
    clock.advance(timedelta(milliseconds=1))
    assert destroy_details(bank) == 1
    assert destroy_details(bank) == 0


def test_details_go_and_the_entry_says_so(bank, taro, clock):
    wait(bank, clock, PAST)
    before = details(bank, taro)

    assert destroy_details(bank) == 1

    found = told(bank, taro)
    assert (found.gen, found.total, found.years) == (1, 3, 3)
    assert found.at == clock.now()
    assert details(bank, taro) == before - 3
    with bank.read() as snap:
        page = subject.page(snap, bank.keys, taro)
        leaf = page.entries[0].leaf
        with pytest.raises(KeyUnavailable):
            subject.entry(snap, bank.keys, taro, 1, 1)
    assert page.sealed_from == 1
    assert (leaf["typ"], leaf["n"]) == (EventType.KEY_EVENT, 10)


def test_the_running_total_outlives_the_entries_before_it(bank, taro, clock):
    wait(bank, clock, PAST)
    destroy_details(bank)
    look(bank, taro)
    wait(bank, clock, PAST)
    destroy_details(bank)

    # Three entries, then what told of them and one look.
    assert told(bank, taro).total == 3 + 3
    assert told(bank, taro).gen == 2
    assert census(bank).holds


def test_several_generations_go_in_order(bank, taro, clock):
    wait(bank, clock, timedelta(days=92))
    look(bank, taro)
    wait(bank, clock, PAST)

    assert destroy_details(bank) == 2
    assert (told(bank, taro).gen, told(bank, taro).total) == (2, 5)
    assert census(bank).holds


def test_only_what_is_over_goes(bank, taro, clock):
    wait(bank, clock, timedelta(days=3 * 365))
    look(bank, taro)
    wait(bank, clock, timedelta(days=92))

    assert destroy_details(bank) == 1
    with bank.read() as snap:
        assert len(subject.page(snap, bank.keys, taro).entries) == 4
    assert census(bank).holds


def test_a_hold_keeps_everything_until_it_is_lifted(bank, taro, clock):
    why = HoldReason.DISPUTE
    bank.unit_of_work(lambda work: retention.hold(work, taro, why, lift=False))
    wait(bank, clock, PAST)
    look(bank, taro)

    assert destroy_details(bank) == 0
    assert bank.unit_of_work(lambda work: retention.retire(work, taro)) == 0
    assert census(bank).holds
    assert "1 audit keys are on hold." in list(said(census(bank)))

    bank.unit_of_work(lambda work: retention.hold(work, taro, why, lift=True))
    assert destroy_details(bank) == 1


def test_lifting_one_reason_leaves_the_others(bank, taro, clock):
    def hold(reason, *, lift=False):
        bank.unit_of_work(lambda work: retention.hold(work, taro, reason, lift=lift))

    hold(HoldReason.AUTHORITY)
    hold(HoldReason.COMPLAINT)
    wait(bank, clock, PAST)
    look(bank, taro)
    hold(HoldReason.COMPLAINT, lift=True)

    assert destroy_details(bank) == 0
    with pytest.raises(Conflict, match="no hold"):
        hold(HoldReason.DISPUTE, lift=True)
    with bank.read() as snap:
        newest = subject.page(snap, bank.keys, taro).entries[0].detail.fields
    assert newest["reasons"] == "hold.lifted hold.complaint"
    hold(HoldReason.AUTHORITY, lift=True)
    assert destroy_details(bank) == 1


def test_a_failing_act_leaves_everything_as_it_was(bank, taro, clock):
    wait(bank, clock, PAST)

    def killed(work):
        retention.retire(work, taro)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bank.unit_of_work(killed)

    assert told(bank, taro) is None
    with bank.read() as snap:
        assert len(subject.page(snap, bank.keys, taro).entries) == 3
        assert subject.missing(snap, bank.keys, taro) == []
    assert destroy_details(bank) == 1


def test_whoever_has_damaged_entries_stops_nobody_else(bank, taro, clock):
    other = OwnerId(bank.ids.new())
    bank.unit_of_work(lambda work: person.open_subject(work, other))
    wait(bank, clock, timedelta(days=92))
    look(bank, taro)
    place = "" if bank.settings.is_sqlite else " ON log_detail"
    for statement in (
        f"DROP TRIGGER log_detail_no_delete{place}",
        "DELETE FROM log_detail WHERE gen = 2 AND i = 0",
    ):
        bank.unit_of_work(lambda work, sql=statement: execute(work, sql))
    wait(bank, clock, PAST)

    assert destroy_details(bank) == 1
    assert told(bank, other).total == 1


def execute(work, statement):
    work.connection.exec_driver_sql(statement)


def test_the_banks_own_entries_stay(bank, clock):
    wait(bank, clock, PAST)

    assert destroy_details(bank) == 0
    assert bank.unit_of_work(lambda work: retention.retire(work, BANK)) == 0
    assert census(bank).holds


def test_the_tree_verifies_without_the_details(bank, taro, clock, tmp_path, capsys):
    wait(bank, clock, PAST)
    destroy_details(bank)
    with bank.read() as snap:
        lines = handles.of_subject(snap, bank.keys, taro)
        everybody = handles.of_everybody(snap, bank.keys, bank.ids)
    clock.advance(timedelta(seconds=2))
    look(bank, BANK)
    with bank.read() as snap:
        export.export(snap.connection, tmp_path / "log", bank.signer.vkey)
    file = tmp_path / "handles"
    file.write_text("\n".join(lines))

    options = ["--vkey", bank.signer.vkey, "--subject", str(file)]
    assert verify([str(tmp_path / "log"), *options]) == 0
    state, key = map(json.loads, lines)
    assert (state["destroyed"], key["gen"]) == (told(bank, taro).total, 2)
    assert "is there once" in capsys.readouterr().out
    file.write_text("\n".join(everybody))
    assert verify([str(tmp_path / "log"), *options, "--census"]) == 3
    assert "their keys were destroyed" in capsys.readouterr().out


def test_a_key_destroyed_without_a_word_is_found(bank, taro):
    bank.unit_of_work(
        lambda work: bank.keys.destroy(work.connection, taro, KeyClass.AUDIT, 1)
    )

    assert faults(bank) == {CensusFault.KEY_GONE, CensusFault.ORPHAN}


def test_details_destroyed_before_their_time_are_found(bank, taro, clock):
    early = clock.now() + timedelta(days=1)

    def cheat(work):
        row = retention._rows(work, taro)[0]
        work.keys.retire(work.connection, taro, KeyClass.AUDIT)
        work.log.record(retention._entry(work, taro, row, 3, 3))
        work.keys.destroy(work.connection, taro, KeyClass.AUDIT, 1)

    clock.advance(early - clock.now())
    bank.unit_of_work(cheat)

    assert faults(bank) == {CensusFault.TOO_EARLY}


def test_details_kept_too_long_are_found(bank, taro, clock):
    wait(bank, clock, PAST + timedelta(days=40))

    assert faults(bank) == {CensusFault.TOO_LONG}
    destroy_details(bank)
    assert census(bank).holds


def test_the_leaf_names_nobody(bank, taro, clock):
    wait(bank, clock, PAST)
    destroy_details(bank)

    with bank.read() as snap:
        last = store.size(snap.connection) - 1
        leaf = parse_leaf(store.leaf_at(snap.connection, last).leaf)
    assert set(leaf) == {"com", "id", "n", "sub", "t", "typ", "v"}
