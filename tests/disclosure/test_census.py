"""Cheating with whose entries are in the log, and what the census says to it."""

import json
from datetime import timedelta

import pytest

from audit import census_walk, handle_index, handles, person, store, subject
from audit.census import CensusFault
from audit.commitment import subject_handle
from audit.entry import Entry
from audit.head import read_head
from audit.leaf import EventType
from pds.cli.census import said
from pds.core.ids import BANK, OwnerId
from pds.keys.classes import KeyClass
from tests.disclosure.forger import Forger


@pytest.fixture
def taro(bank):
    """A person with five entries, opening included; another has three after them."""
    owner, other = (OwnerId(bank.ids.new()) for _ in range(2))
    for each, entries in ((owner, 4), (other, 2)):
        bank.unit_of_work(lambda work, each=each: person.open_subject(work, each))
        for n in range(entries):
            view(bank, each, n)
    return owner


@pytest.fixture
def forger(bank):
    return Forger(bank)


def view(bank, owner, n):
    entry = Entry(
        type=EventType.STAFF_VIEWED, subject=owner, detail={"request_id": str(n)}
    )
    bank.unit_of_work(lambda work: work.log.record(entry))


def census(bank):
    with bank.read() as snap:
        return census_walk.take(snap, bank.keys)


def own(bank, owner, i):
    with bank.read() as snap:
        return subject.entry(snap, bank.keys, owner, 1, i)


def faults(found):
    return [(each.fault, each.i, each.index) for each in found.differences]


def test_an_honest_log_is_complete(bank, taro):
    found = census(bank)

    assert found.holds
    assert (found.subjects, found.generations) == (3, 3)
    assert found.accounted == found.size == 9
    assert list(said(found))[-1] == "COMPLETE"


def test_generations_are_chained_and_destroyed_keys_counted(bank, taro, clock):
    clock.advance(timedelta(days=60))
    view(bank, taro, 9)
    assert census(bank).holds

    bank.unit_of_work(
        lambda work: bank.keys.destroy(work.connection, taro, KeyClass.AUDIT, 1)
    )
    found = census(bank)

    # Nothing in the log tells of it, so its entries are nobody's.
    assert found.destroyed == {1: 1}
    assert found.unreadable == 0
    assert found.orphans == 5
    assert {each.fault for each in found.differences} == {
        CensusFault.KEY_GONE,
        CensusFault.ORPHAN,
    }
    assert "not checkable: key destroyed: generation 1, 1 times" in list(said(found))


def test_a_suppressed_leaf_is_found_though_the_tree_was_made_anew(bank, taro, forger):
    gone = own(bank, taro, 3)
    kept = [each.leaf for each in forger.leaves() if each.index != gone.index]
    forger.rebuild(kept)
    forger.run(
        ("DELETE FROM log_detail WHERE owner_id = :o AND i = 3", {"o": taro.bytes})
    )

    found = census(bank)

    with bank.read() as snap:
        head = read_head(snap.connection)
        assert head.size == 8
        assert store.root_at(snap.connection, 8) == head.root()
        assert (1, 3) in subject.missing(snap, bank.keys, taro)
    assert faults(found) == [(CensusFault.MISSING, 3, None)]
    assert str(taro) not in "\n".join(said(found))


def test_lowering_the_count_after_a_suppression_does_not_help(bank, taro, forger):
    gone = own(bank, taro, 2)
    forger.rebuild([each.leaf for each in forger.leaves() if each.index != gone.index])
    forger.run(("UPDATE person_state SET n = 4 WHERE owner_id = :o", {"o": taro.bytes}))

    found = {each.fault for each in census(bank).differences}

    assert CensusFault.MISSING in found
    assert CensusFault.BEYOND in found
    assert CensusFault.DETAIL_ALONE in found


def test_a_leaf_under_a_made_up_handle_is_an_orphan(bank, taro, forger):
    leaves = [each.leaf for each in forger.leaves()]
    made_up = json.loads(leaves[-1])
    made_up.update(sub="ab" * 16, id=str(bank.ids.new()))
    text = json.dumps(made_up, separators=(",", ":"), sort_keys=True)
    forger.rebuild([*leaves, text.encode()])

    found = census(bank)

    assert faults(found) == [(CensusFault.ORPHAN, None, 9)]
    assert any("index 9: no subject owns this entry" in line for line in said(found))


def test_a_handle_used_twice_is_found(bank, taro, forger):
    leaves = [each.leaf for each in forger.leaves()]
    again = json.loads(own(bank, taro, 2).bytes)
    again["id"] = str(bank.ids.new())
    again["t"] = json.loads(leaves[-1])["t"]
    text = json.dumps(again, separators=(",", ":"), sort_keys=True)
    forger.rebuild([*leaves, text.encode()])

    found = faults(census(bank))

    assert (CensusFault.DOUBLED, 2, 9) in found
    assert (CensusFault.ORPHAN, None, 9) in found


def test_an_index_that_leads_astray_is_found(bank, taro, forger):
    first, second = own(bank, taro, 1), own(bank, taro, 2)
    table = "log_sub_recent" if bank.settings.is_sqlite else "log_sub"
    forger.run(
        (f"DELETE FROM {table} WHERE idx = :n", {"n": second.index}),
        (
            f"UPDATE {table} SET idx = :n WHERE idx = :old",
            {"n": second.index, "old": first.index},
        ),
    )

    found = faults(census(bank))

    assert (CensusFault.OTHER_LEAF, 1, second.index) in found
    assert (CensusFault.MISSING, 2, None) in found


def test_a_removed_and_an_exchanged_detail_are_found(bank, taro, forger):
    forger.run(
        ("DELETE FROM log_detail WHERE owner_id = :o AND i = 2", {"o": taro.bytes})
    )

    assert faults(census(bank)) == [
        (CensusFault.DETAIL_MISSING, 2, own_index(bank, taro, 2))
    ]


def own_index(bank, owner, i):
    with bank.read() as snap:
        key = bank.keys.open(snap.connection, owner, KeyClass.AUDIT, 1)
        k_sub = key.data_key.derive(b"ib1/subject-handle", 32)
        handle = subject_handle(k_sub, i)
        return handle_index.find(snap.connection, [handle])[handle][0]


def test_handle_keys_come_out_without_names_and_find_the_entries(bank, taro):
    with bank.read() as snap:
        _, *lines = handles.of_everybody(snap, bank.keys, bank.ids)
        _, *mine = map(json.loads, handles.of_subject(snap, bank.keys, taro))
        subs = [
            subject_handle(bytes.fromhex(mine[0]["k_sub"]), i)
            for i in range(mine[0]["n"])
        ]
        found = handle_index.find(snap.connection, subs)

    assert len(lines) == 3
    assert [(each["gen"], each["n"]) for each in mine] == [(1, 5)]
    assert [len(found[each]) for each in subs] == [1] * 5
    assert all(set(json.loads(line)) == {"gen", "k_sub", "n"} for line in lines)
    assert str(taro) not in "".join(lines)
    assert str(BANK) not in "".join(lines)
