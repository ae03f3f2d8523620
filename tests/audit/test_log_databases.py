"""The log on both databases, as the migration makes it: bulk paths and guards."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from audit import guards, pending, person, store, subject
from audit.entry import Entry
from audit.head import create_head, read_head
from audit.leaf import EventType
from audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from audit.recorder import Recorder
from audit.sequencer import append
from audit.tables import log_detail
from audit.work import Work
from pds.core.database import open_engine
from pds.core.errors import Conflict, NotFound
from pds.core.ids import BANK, OwnerId
from pds.crypto.providers import Capabilities, Wrapped
from pds.keys.classes import KeyClass, KeyState
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key
from tests import reference
from tests.fakes import START
from tests.waiting import leave_waiting

TARO = OwnerId(UUID(int=1))
T = 1_790_000_000_000
UPSERT = (
    "INSERT INTO log_leaf SELECT * FROM log_leaf WHERE idx = 0 "
    "ON CONFLICT (idx) DO UPDATE SET leaf = excluded.id"
)


@pytest.fixture
def work(database_url, ids, keys):
    engine = open_engine(database_url, writer=True)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        create_head(connection, "log.infobank.example/1")
        log = Recorder(connection, START, ids, keys)
        work = Work(connection, START, ids, keys, log)
        for owner in (BANK, TARO):
            person.open_subject(work, owner)
        yield work
        connection.rollback()
    engine.dispose()


@pytest.fixture
def grown(work):
    for n in range(20):
        work.log.record(
            Entry(
                type=EventType.DISCLOSURE_RELEASED, subject=TARO, detail={"jkt": str(n)}
            )
        )
    leave_waiting(work.connection, work.log.drafts)
    for most in (9, 100):
        head = read_head(work.connection, lock=True)
        append(work.connection, head, pending.take(work.connection, most), T)
    return work


def test_pending_leaves_are_taken_in_order_and_once(grown):
    every = store.leaves(grown.connection, 0, 100)

    assert [each.id for each in every] == [each.id for each in grown.log.recorded]
    assert pending.take(grown.connection, 10) == []
    assert not pending.holds(grown.connection, every[0].id.bytes)


def test_the_tree_is_the_literal_one_and_proves_each_leaf(grown):
    connection = grown.connection
    raw = [each.leaf for each in store.leaves(connection, 0, 100)]
    head = read_head(connection)

    assert (head.size, head.root()) == (22, reference.root(raw))
    for index, leaf in enumerate(raw):
        proof = store.inclusion_proof(connection, index, 22)
        verify_inclusion(index, 22, leaf_hash(leaf), proof, head.root())
    for old in range(1, 23):
        proof = store.consistency_proof(connection, old, 22)
        verify_consistency(
            old, 22, proof, store.root_at(connection, old), reference.root(raw)
        )


def test_a_person_reads_the_own_entries(grown, keys):
    page = subject.page(grown, keys, TARO, limit=5)

    assert [each.detail.fields["jkt"] for each in page.entries] == [
        "19",
        "18",
        "17",
        "16",
        "15",
    ]
    assert subject.missing(grown, keys, TARO) == []


def test_holding_and_fencing(grown):
    before = person.state(grown, TARO)
    person.hold(grown, TARO)

    assert person.bump_fence(grown, TARO) == before.fence + 1
    assert person.state(grown, TARO).n == before.n == 21
    with pytest.raises(NotFound):
        person.state(grown, OwnerId(UUID(int=9)))


def test_an_old_head_is_refused(grown):
    old = read_head(grown.connection)
    append(grown.connection, old, [], T)
    grown.log.record(Entry(type=EventType.LOG_TALLY))
    append(grown.connection, old, grown.log.drafts[-1:], T)

    with pytest.raises(Conflict):
        append(grown.connection, old, [], T)


class PlainProvider:
    """Wraps nothing; stands where the key-encryption key would."""

    current_version = 1
    versions = frozenset({1})
    capabilities = Capabilities(
        adds_versions=False, destroys_versions=False, is_remote=False
    )

    def wrap(self, _place, secret):
        return Wrapped(1, 1, secret + bytes(28))

    def unwrap(self, _place, wrapped):
        return wrapped.blob[:32]


def test_quarters_turn_and_end_with_the_real_keyring(grown, ids):
    connection, keys = grown.connection, Keyring(PlainProvider(), ids)
    hanako, drafts = OwnerId(UUID(int=2)), []
    for quarter in range(3):
        now = START + timedelta(days=92 * quarter)
        log = Recorder(connection, now, ids, keys)
        work = Work(connection, now, ids, keys, log)
        if quarter == 0:
            person.open_subject(work, hanako)
        log.record(Entry(type=EventType.STAFF_VIEWED, subject=hanako))
        drafts += log.drafts
    append(connection, read_head(connection), drafts, T)

    every = [(gen, i) for gen in (3, 2, 1) for i in (1, 0)]
    page = subject.page(work, keys, hanako)
    assert [(each.gen, each.i) for each in page.entries] == every
    assert subject.missing(work, keys, hanako) == []
    keys.destroy(connection, hanako, KeyClass.AUDIT, 1)
    page = subject.page(work, keys, hanako)
    assert [(each.gen, each.i) for each in page.entries] == every[:4]
    assert page.sealed_from == 1


@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"{act} {table}"
            for table in ("log_leaf", "log_node", "log_sub", "log_checkpoint")
            for act in ("DELETE FROM", "TRUNCATE")
        ),
        "UPDATE log_leaf SET leaf_hash = id",
        "UPDATE log_node SET idx = idx + 1000",
        "UPDATE log_sub SET idx = idx + 1",
        "UPDATE log_detail SET gen = 7",
        "DELETE FROM log_detail",
        "DELETE FROM log_detail WHERE i = 1",
        "UPDATE log_head SET size = 0",
        "UPDATE log_head SET origin = 'other'",
        "DELETE FROM log_head",
        "TRUNCATE log_head",
        UPSERT,
    ],
)
def test_the_migrated_database_refuses_to_rewrite_the_log(grown, statement):
    connection = grown.connection
    if connection.dialect.name == "sqlite" and statement.startswith("TRUNCATE"):
        statement = statement.replace("TRUNCATE", "DELETE FROM")
    if connection.dialect.name == "sqlite":
        statement = statement.replace("log_sub", "log_sub_recent")
    store.publish(connection, 1, "note", grown.now)
    before = store.leaves(connection, 0, 100)
    nested = connection.begin_nested() if connection.dialect.name != "sqlite" else None

    with pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))

    if nested is not None:
        nested.rollback()
    assert store.leaves(connection, 0, 100) == before


BY_ROWID = (
    "INSERT OR REPLACE INTO log_detail (rowid, owner_id, gen, i, envelope)"
    " SELECT rowid, owner_id, gen, i + 900, envelope FROM log_detail LIMIT 1"
)
BY_ID = (
    "REPLACE INTO log_leaf SELECT (SELECT max(idx) + 1 FROM log_leaf), id, leaf,"
    " leaf_hash FROM log_leaf LIMIT 1"
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET rowid = 7",
        BY_ROWID,
        "REPLACE INTO log_detail SELECT * FROM log_detail",
        BY_ID,
        "UPDATE OR REPLACE log_leaf SET idx = idx + 1",
    ],
)
def test_no_row_is_replaced_by_its_hidden_number(grown, recursive, statement):
    connection = grown.connection
    # A program of somebody else opens the file with other settings than ours.
    connection.exec_driver_sql(f"PRAGMA recursive_triggers = {recursive}")

    with pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))


def test_details_go_only_behind_their_key(grown):
    connection, first = grown.connection, "gen = 1 AND i = 0"
    gone = update(owner_key).where(owner_key.c.owner_id == TARO)
    connection.execute(
        insert(owner_key).values(
            owner_id=TARO,
            generation=1,
            state=KeyState.DESTROYED,
            commitment=bytes(32),
            enc_reserved=0,
            created_at=START,
            **{"class": KeyClass.AUDIT},
        )
    )

    for change in ({"state": KeyState.ACTIVE}, {"class": KeyClass.CONSENT}):
        connection.execute(gone.values(**change))
        nested = connection.begin_nested()
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(f"DELETE FROM log_detail WHERE {first}"))
        nested.rollback()
    connection.execute(
        gone.values(**{"class": KeyClass.AUDIT, "state": KeyState.DESTROYED})
    )
    connection.execute(delete(log_detail).where(log_detail.c.owner_id == TARO))


def test_the_migrations_make_the_guards_that_the_code_knows(grown):
    connection = grown.connection
    dialect = connection.dialect.name
    wanted = guards.statements(dialect, up=True)
    if dialect == "sqlite":
        query = (
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'log_%'"
        )
        assert set(connection.execute(text(query)).scalars()) == set(wanted)
        return
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'log_%'"
    )
    triggers = {each.split()[2] for each in wanted if "CREATE TRIGGER" in each}
    assert set(connection.execute(text(query)).scalars()) == triggers
