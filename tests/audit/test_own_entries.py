from uuid import UUID

import pytest
from sqlalchemy import insert

from audit import person, retention, subject
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import read_head
from audit.leaf import EventType
from audit.sequencer import append
from audit.tables import person_state
from pds.core.errors import NotFound
from pds.core.ids import BANK, OwnerId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable

TARO = OwnerId(UUID(int=1))
HANAKO = OwnerId(UUID(int=2))
T = 1_790_000_000_000


def fetch(owner, name):
    return Entry(
        type=EventType.DISCLOSURE_RELEASED, subject=owner, detail={"request_id": name}
    )


@pytest.fixture
def grown(work, make_work, later):
    """Two people over two quarters, integrated."""
    for owner in (TARO, HANAKO):
        person.open_subject(work, owner)
    for n in range(3):
        work.log.record(fetch(TARO, f"t{n}"))
        work.log.record(fetch(HANAKO, f"h{n}"))
    second = make_work(later)
    second.log.record(fetch(TARO, "t3"))
    second.log.record(fetch(TARO, "t4"))
    drafts = [*work.log.drafts, *second.log.drafts]
    append(work.connection, read_head(work.connection), drafts, T)
    return second


def names(entries):
    return [each.detail.fields.get("request_id", "opened") for each in entries]


def test_a_person_finds_each_own_entry_once_across_generations(grown, keys):
    page = subject.page(grown, keys, TARO)

    assert names(page.entries) == ["t4", "t3", "opened", "t2", "t1", "t0", "opened"]
    assert (page.next, page.sealed_from) == (None, None)
    assert all(each.leaf["id"] == str(each.id) for each in page.entries)
    assert names(subject.page(grown, keys, HANAKO).entries) == [
        "h2",
        "h1",
        "h0",
        "opened",
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_join_without_gap_or_double(grown, keys, limit):
    found, cursor = [], None
    while True:
        page = subject.page(grown, keys, TARO, after=cursor, limit=limit)
        found += page.entries
        cursor = page.next
        if cursor is None:
            break

    assert found == list(subject.page(grown, keys, TARO).entries)


def test_one_entry_can_be_opened_by_its_number(grown, keys):
    assert subject.entry(grown, keys, TARO, 1, 2).detail.fields["request_id"] == "t1"
    with pytest.raises(VerificationError):
        subject.entry(grown, keys, TARO, 1, 4)


def test_after_retention_the_old_generation_is_named_as_sealed(grown, keys):
    keys.destroyed.add((TARO, KeyClass.AUDIT, 1))

    page = subject.page(grown, keys, TARO)

    assert names(page.entries) == ["t4", "t3", "opened"]
    assert page.sealed_from == 1
    assert subject.missing(grown, keys, TARO) == []
    with pytest.raises(KeyUnavailable):
        subject.entry(grown, keys, TARO, 1, 0)


def test_a_complete_log_misses_nothing(grown, keys):
    for owner in (TARO, HANAKO, BANK):
        assert subject.missing(grown, keys, owner) == []


def test_a_suppressed_and_an_uncounted_entry_are_found(grown, keys):
    connection = grown.connection
    connection.exec_driver_sql("DROP TRIGGER log_sub_recent_no_delete")
    first = subject.entry(grown, keys, TARO, 1, 1)
    connection.exec_driver_sql(
        "DELETE FROM log_sub_recent WHERE idx = ?", (first.index,)
    )
    connection.exec_driver_sql(
        "UPDATE person_state SET n = n - 1 WHERE owner_id = ?", (TARO.bytes,)
    )

    assert sorted(subject.missing(grown, keys, TARO)) == [(1, 1), (2, 2)]
    assert subject.entry(grown, keys, TARO, 1, 1).index is None


def test_a_handle_at_two_places_and_a_swapped_detail_are_refused(grown, keys):
    connection = grown.connection
    entry = subject.entry(grown, keys, TARO, 1, 1)
    sub = bytes.fromhex(entry.leaf["sub"])
    connection.exec_driver_sql("DROP TRIGGER log_sub_recent_no_delete")
    connection.exec_driver_sql("DELETE FROM log_sub_recent WHERE sub = ?", (sub,))
    connection.exec_driver_sql("INSERT INTO log_sub_run VALUES (0, 0, ?, 0)", (sub,))
    with pytest.raises(VerificationError, match="commit"):
        subject.entry(grown, keys, TARO, 1, 1)

    connection.exec_driver_sql("INSERT INTO log_sub_run VALUES (0, 0, ?, 1)", (sub,))

    with pytest.raises(VerificationError, match="more than one"):
        subject.page(grown, keys, TARO)
    assert (1, 1) in subject.missing(grown, keys, TARO)


def test_a_detail_that_does_not_open_is_damage_like_any_other(grown, keys):
    connection = grown.connection
    connection.exec_driver_sql("DROP TRIGGER log_detail_no_update")
    connection.exec_driver_sql("UPDATE log_detail SET envelope = zeroblob(40)")

    with pytest.raises(VerificationError, match="does not open"):
        subject.entry(grown, keys, TARO, 1, 1)
    with pytest.raises(VerificationError, match="does not open"):
        subject.page(grown, keys, TARO)
    assert retention.newest(grown, keys, TARO) is None


def test_the_keys_of_a_subject_are_told_newest_first_with_their_counts(grown, keys):
    told = [(key.generation, n) for key, n in subject.generations(grown, keys, TARO)]
    assert told == [(2, 3), (1, 4)]

    keys.destroyed.add((TARO, int(KeyClass.AUDIT), 1))
    assert [n for _, n in subject.generations(grown, keys, TARO)] == [3]


def test_a_generation_that_names_itself_is_damage_and_no_endless_list(grown, keys):
    liar = OwnerId(UUID(int=3))
    gen = grown.log.new_key(liar).generation
    grown.connection.execute(
        insert(person_state).values(owner_id=liar, gen=gen, n=0, fence=0)
    )
    said = {"prev_gen": "1", "prev_n": "1"}
    grown.log.record(Entry(type=EventType.SUBJECT_OPENED, subject=liar, detail=said))

    with pytest.raises(VerificationError, match="names none before it"):
        subject.page(grown, keys, liar)


def test_an_unknown_subject_has_no_entries(work, keys):
    with pytest.raises(NotFound):
        subject.page(work, keys, TARO)
