import sqlite3
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from audit import commitment, detail, guards, person
from audit.entry import Entry, prepare
from audit.errors import VerificationError
from audit.head import read_head
from audit.leaf import DETAIL_FIELDS, EventType, parse_leaf
from audit.merkle import leaf_hash, verify_inclusion
from audit.pseudonyms import Pseudonyms
from audit.recorder import K_SUB_LABEL, _detail_map, plaintext
from audit.sequencer import append
from pds.core.clock import SystemClock
from pds.core.errors import Conflict, Invalid, NotFound, Unavailable
from pds.core.ids import BANK, OwnerId, RandomIds
from pds.keys.classes import KeyClass
from tests import reference

TARO = OwnerId(UUID("01990000-0000-7000-8000-000000000001"))
CONSENT = UUID("01990000-0000-7000-8000-00000000000c")
T = 1_790_000_000_000

FETCH = Entry(
    type=EventType.DISCLOSURE_RELEASED,
    subject=TARO,
    recipient="clinic-a",
    purpose="health-advice",
    categories=("health.vital.weight", "health.lab", "health.lab"),
    count=7,
    form="copy",
    consent=(CONSENT, 3),
    detail={"pairwise_sub": "abc", "reasons": "given"},
)


@pytest.fixture
def opened(work):
    person.open_subject(work, TARO)
    return work


def leaves(connection):
    rows = connection.exec_driver_sql("SELECT leaf FROM log_leaf ORDER BY idx")
    return [bytes(row[0]) for row in rows]


def test_leaves_stand_in_order_and_the_tree_is_the_literal_one(opened):
    head = read_head(opened.connection)
    for count in range(5):
        for _ in range(count + 1):
            opened.log.record(FETCH)
        fresh = opened.log.drafts[head.size :]
        batch = append(opened.connection, head, fresh, T)
        head = batch.head
        for draft in fresh:
            verify_inclusion(
                draft.index,
                draft.size,
                leaf_hash(draft.leaf),
                batch.prove(draft.index),
                head.root(),
            )

    stored = leaves(opened.connection)

    assert stored == [draft.leaf for draft in opened.log.drafts]
    assert head == read_head(opened.connection)
    assert head.root() == reference.root(stored)


def test_a_leaf_says_what_the_entry_says_and_nothing_of_the_person(opened):
    recorded = opened.log.record(FETCH)
    append(opened.connection, read_head(opened.connection), opened.log.drafts, T)

    leaf = parse_leaf(recorded.draft.leaf)

    assert (
        leaf.items()
        >= {
            "typ": "disclosure:released",
            "rcp": "clinic-a",
            "pur": "health-advice",
            "cats": ["health.lab", "health.vital.weight"],
            "n": 10,
            "form": "copy",
            "id": str(recorded.id),
            "t": T,
        }.items()
    )
    for hidden in (str(TARO), str(CONSENT), "abc", "given"):
        assert hidden.encode() not in recorded.draft.leaf
    assert (recorded.index, recorded.size) == (2, 3)


def test_the_sealed_detail_opens_every_commitment_of_the_leaf(opened, keys):
    recorded = opened.log.record(FETCH)
    append(opened.connection, read_head(opened.connection), opened.log.drafts, T)
    leaf = parse_leaf(recorded.draft.leaf)
    key = keys.open(None, TARO, KeyClass.AUDIT, 1)
    envelope = opened.connection.exec_driver_sql(
        "SELECT envelope FROM log_detail WHERE owner_id = ? AND gen = 1 AND i = 1",
        (TARO.bytes,),
    ).scalar_one()

    opened_detail = detail.decode(
        keys.unseal(key, envelope, detail.object_id(1, 1), 1, detail.LABEL)
    )

    assert opened_detail.fields == {
        "owner": str(TARO),
        "consent_id": str(CONSENT),
        "consent_version": "3",
        "pairwise_sub": "abc",
        "reasons": "given",
        "n": "7",
        "gen": "1",
        "i": "1",
    }
    assert opened_detail.m() == recorded.m
    commitment.check_detail(
        bytes.fromhex(leaf["com"]), opened_detail.opening, leaf["id"], recorded.m
    )
    con = commitment.consent_commitment(
        commitment.consent_opening(opened_detail.salt_root), str(CONSENT), 3
    )
    assert leaf["con"] == con.hex()
    k_sub = key.data_key.derive(K_SUB_LABEL, 32)
    assert leaf["sub"] == commitment.subject_handle(k_sub, 1).hex()


def test_time_never_goes_back_and_a_clock_far_behind_is_refused(opened):
    first = append(opened.connection, read_head(opened.connection), [], T).head
    recorded = opened.log.record(FETCH)
    second = append(opened.connection, first, opened.log.drafts, T - 4000)

    assert parse_leaf(recorded.draft.leaf)["t"] == T == second.head.last_t
    with pytest.raises(Unavailable):
        append(opened.connection, second.head, [], T - 5001)


def test_a_head_that_another_process_moved_is_refused(opened):
    old = read_head(opened.connection)
    append(opened.connection, old, opened.log.drafts, T)

    with pytest.raises(Conflict):
        append(opened.connection, old, [], T)


def test_counters_are_gapless_and_the_fence_counts_apart(opened):
    for _ in range(3):
        opened.log.record(FETCH)
    before = person.state(opened, TARO)

    assert person.bump_fence(opened, TARO) == before.fence + 1
    assert person.state(opened, TARO).n == before.n == 4
    assert [
        each.i for each in opened.log.recorded if each.prepared.subject == TARO
    ] == [
        0,
        1,
        2,
        3,
    ]


def test_a_new_quarter_opens_a_generation_that_names_the_old_ones_count(
    opened, make_work, later
):
    opened.log.record(FETCH)
    work = make_work(later)
    recorded = work.log.record(FETCH)
    opening = work.log.recorded[0]

    assert opening.prepared.leaf_parts[3].find(b"subject:opened") > 0
    assert opening.fields.items() >= {"prev_gen": "1", "prev_n": "2", "i": "0"}.items()
    assert (recorded.gen, recorded.i) == (2, 1)
    assert person.state(work, TARO) == person.PersonState(2, 2, 0)
    assert make_work(later).log.record(FETCH).i == 2
    assert make_work(later - timedelta(days=50)).log.record(FETCH).gen == 2


def test_a_destroyed_audit_key_gives_way_to_a_new_generation(opened, make_work, keys):
    keys.destroyed.add((TARO, KeyClass.AUDIT, 1))
    recorded = make_work().log.record(FETCH)

    assert (recorded.gen, recorded.i) == (2, 1)
    assert make_work().log.record(FETCH).i == 2


def test_a_subject_is_opened_once_and_must_be_open(opened):
    with pytest.raises(Conflict):
        person.open_subject(opened, TARO)
    unknown = OwnerId(UUID(int=99))
    for act in (person.state, person.bump_fence):
        with pytest.raises(NotFound):
            act(opened, unknown)
    with pytest.raises(NotFound):
        opened.log.record(Entry(type=EventType.CONSENT_EVENT, subject=unknown))


@pytest.mark.parametrize(
    "bad",
    [
        {"recipient": "Dr Suzuki"},
        {"purpose": 'x","typ":"a'},
        {"categories": ("ok", "naïve")},
        {"form": ""},
        {"count": -1},
        {"detail": {"name": "Suzuki"}},
        {"detail": {"owner": "x"}},
        {"detail": {"pseudonym": "x"}},
        {"detail": {"actor": 7}},
        {"detail": {"actor": "\ud83d"}},
        {"categories": tuple(f"{'x' * 120}{n}" for n in range(32))},
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused(bad, ids):
    with pytest.raises(Invalid):
        prepare(Entry(type=EventType.POLICY_EVENT, **bad), ids, None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_leaf SET leaf = x'00' WHERE idx = 0",
        "DELETE FROM log_leaf",
        "INSERT OR REPLACE INTO log_leaf SELECT idx, id, x'00', id FROM log_leaf",
        "REPLACE INTO log_leaf SELECT 2, id, x'00', id FROM log_leaf WHERE idx=0",
        "INSERT INTO log_leaf VALUES (9, x'01', x'02', x'03')",
        "UPDATE log_node SET hash = x'00'",
        "DELETE FROM log_node",
        "REPLACE INTO log_node SELECT level, idx, x'00' FROM log_node",
        "DELETE FROM log_sub_recent",
        "UPDATE log_sub_recent SET sub = x'00'",
        "REPLACE INTO log_sub_recent SELECT x'00', idx FROM log_sub_recent",
        "UPDATE log_detail SET envelope = x'00'",
        "REPLACE INTO log_detail SELECT owner_id, gen, i, x'00' FROM log_detail",
        "UPDATE log_head SET size = 0",
        "UPDATE log_head SET origin = 'other'",
        "DELETE FROM log_head",
        "REPLACE INTO log_head VALUES (1, 0, x'', 0, 'o')",
    ],
)
def test_the_database_itself_refuses_to_rewrite_the_log(opened, statement):
    append(opened.connection, read_head(opened.connection), opened.log.drafts, T)
    before = leaves(opened.connection)

    with pytest.raises((DBAPIError, sqlite3.Error), match="append-only"):
        opened.connection.exec_driver_sql(statement)
    assert leaves(opened.connection) == before


def test_no_field_would_stand_between_gen_and_i():
    assert not [name for name in DETAIL_FIELDS if "gen" < name < "i"]


names = st.from_regex(r"[a-z0-9][a-z0-9._:/-]{0,20}", fullmatch=True)


@given(
    st.builds(
        Entry,
        type=st.sampled_from(EventType),
        subject=st.sampled_from([BANK, TARO]),
        recipient=st.none() | names,
        categories=st.lists(st.sampled_from(["a", "b.c", "d"]), max_size=3).map(tuple),
        count=st.none() | st.integers(0, 10**9),
        ref=st.none() | st.uuids(),
        consent=st.none() | st.tuples(st.uuids(), st.integers(1, 99)),
        detail=st.dictionaries(
            st.sampled_from(
                sorted(
                    DETAIL_FIELDS
                    - {"gen", "i", "owner", "pseudonym", "n"}
                    - {"consent_id", "consent_version"}
                )
            ),
            st.text(max_size=20),
        ),
    )
)
def test_whatever_is_prepared_is_what_the_formats_say(entry):
    prepared = prepare(entry, RandomIds(SystemClock()), Pseudonyms(b"k" * 32))
    before, middle, before_t, after = prepared.leaf_parts
    leaf = parse_leaf(before + b"0" * 64 + middle + b"0" * 32 + before_t + b"7" + after)
    fields = {**prepared.fields, "gen": "2", "i": "9"}
    opened = detail.Detail(fields, prepared.opening, prepared.salt_root)

    assert leaf["typ"] == entry.type
    assert ("pseudonym" in fields) is (entry.subject != BANK)
    assert _detail_map(prepared, 2, 9) == opened.m()
    assert plaintext(prepared, 2, 9) == detail.encode(
        fields, prepared.opening, prepared.salt_root
    )
    assert detail.decode(plaintext(prepared, 2, 9)) == opened
    assert entry.count is None or leaf["n"] >= min(entry.count, 10000)


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"[]",
        b'{"f":{},"o":"00","s":"00","v":2}',
        b'{"f":{},"o":"0","s":"00","v":1}',
        b'{"f":{"n":1},"o":"00","s":"00","v":1}',
        b'{"f":[],"o":"00","s":"00","v":1}',
        b'{"o":"00","s":"00","v":1,"w":1}',
        b'{"f":{},"o":"00","s":"00","v":1,"w":1}',
    ],
)
def test_a_malformed_detail_is_refused(noise):
    with pytest.raises(VerificationError):
        detail.decode(noise)


def test_the_guards_can_be_taken_away_again(opened):
    for statement in guards.statements("sqlite", up=False):
        opened.connection.exec_driver_sql(statement)

    opened.connection.exec_driver_sql("DELETE FROM log_leaf")


def test_a_log_begins_only_once(connection):
    connection.exec_driver_sql("DROP TRIGGER log_head_no_delete")
    connection.exec_driver_sql("DELETE FROM log_head")

    with pytest.raises(NotFound):
        read_head(connection)


def test_an_entry_prepared_before_the_transaction_is_recorded_as_it_is(opened, ids):
    prepared = prepare(FETCH, ids, None)
    recorded = opened.log.record(prepared)

    assert recorded.id == prepared.id
    assert recorded.prepared is prepared
    assert (recorded.index, recorded.size) == (None, None)
