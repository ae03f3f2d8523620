import json

import pytest

from audit import highwater, store
from audit.continuation import continued
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import read_head
from audit.highwater import LogRolledBack, Mark
from audit.leaf import EventType
from audit.sequencer import append
from audit.signer import LogSigner
from pds.core.errors import NotFound

ORIGIN = "log.infobank.example/1"
SIGNER_SEED = bytes(range(32))


@pytest.fixture
def head(work):
    for _ in range(6):
        work.log.record(Entry(type=EventType.LOG_TALLY))
    start = read_head(work.connection)
    return append(work.connection, start, work.log.drafts, 1_790_000_000_000).head


def test_a_mark_comes_back_and_a_database_that_continues_it_is_accepted(
    tmp_path, work, head
):
    assert highwater.read_mark(tmp_path) is None
    for size in (0, 3, 7):
        root = store.root_at(work.connection, size)
        highwater.write_mark(tmp_path, Mark(ORIGIN, size, root))
        mark = highwater.read_mark(tmp_path)

        assert mark == Mark(ORIGIN, size, root)
        highwater.check_mark(work.connection, head, mark)
    highwater.check_mark(work.connection, head, None)


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        (Mark("other", 3, bytes(32)), "log.other-origin"),
        (Mark(ORIGIN, 8, bytes(32)), "log.shorter"),
        (Mark(ORIGIN, 3, bytes(32)), "log.inconsistent"),
    ],
)
def test_a_database_that_does_not_continue_the_mark_is_refused(work, head, mark, code):
    with pytest.raises(LogRolledBack) as refused:
        highwater.check_mark(work.connection, head, mark)

    assert refused.value.code == code


def test_a_damaged_tree_is_refused(work, head):
    mark = Mark(ORIGIN, 7, head.root())
    work.connection.exec_driver_sql("DROP TRIGGER log_node_no_delete")
    work.connection.exec_driver_sql("DELETE FROM log_node")

    with pytest.raises(LogRolledBack):
        highwater.check_mark(work.connection, head, mark)


ROOT = "ab" * 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"origin":"o","size":1,"root":"x"}',
        '{"origin":"o","size":1,"root":"ab"}',
        f'{{"origin":"o","size":-1,"root":"{ROOT}"}}',
        f'{{"origin":"o","size":1e400,"root":"{ROOT}"}}',
        f'{{"origin":"o","size":"1","root":"{ROOT}"}}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_mark_that_cannot_be_read_is_refused(tmp_path, text):
    (tmp_path / highwater.FILE).write_bytes(text.encode("latin-1"))

    with pytest.raises(LogRolledBack):
        highwater.read_mark(tmp_path)


def test_a_continued_log_names_what_was_lost():
    entry = continued(Mark("old", 9, bytes(32)), 7, "note", "backup-restored")
    lost = json.loads(entry.detail["object"])

    assert entry.type == EventType.LOG_CONTINUED
    assert (lost["origin"], lost["lost"], lost["checkpoint"]) == ("old", [7, 9], "note")
    assert entry.detail["reasons"] == "backup-restored"


def test_stored_leaves_are_found_by_id_place_and_page(work, head):
    connection = work.connection
    every = store.leaves(connection, 0, 100)

    assert [each.index for each in every] == list(range(7))
    assert store.size(connection) == 7
    assert store.find(connection, every[3].id) == every[3]
    assert store.leaf_at(connection, 6) == every[6]
    assert store.leaves(connection, 2, 3) == every[2:5]
    assert store.leaves_before(connection, 5, 2) == [every[4], every[3]]
    for act in (
        lambda: store.find(connection, every[3].id.__class__(int=5)),
        lambda: store.leaf_at(connection, 7),
        lambda: store.checkpoint_at(connection, 7),
    ):
        with pytest.raises(NotFound):
            act()
    for act in (
        lambda: store.root_at(connection, 8),
        lambda: store.inclusion_proof(connection, 7, 7),
        lambda: store.consistency_proof(connection, 0, 7),
    ):
        with pytest.raises(VerificationError):
            act()


def test_published_checkpoints_are_kept_once(work, head):
    connection, signer = work.connection, LogSigner(ORIGIN, SIGNER_SEED)
    assert store.latest_checkpoint(connection) is None
    assert store.checkpoint_covering(connection, 0) is None
    notes = {}
    for size in (2, 7):
        notes[size] = signer.sign(size, store.root_at(connection, size))
        store.publish(connection, size, notes[size], work.now)
    store.publish(connection, 7, "another", work.now)

    assert store.latest_checkpoint(connection).note == notes[7]
    assert store.checkpoint_at(connection, 2).checkpoint().size == 2
    assert store.checkpoint_covering(connection, 1).size == 2
    assert store.checkpoint_covering(connection, 2).size == 7
    assert store.checkpoint_covering(connection, 7) is None
    assert [each.size for each in store.checkpoints(connection, 0, 9)] == [2, 7]
    assert [each.size for each in store.checkpoints(connection, 2, 9)] == [7]
    assert store.latest_checkpoint(connection).published_at == work.now


@pytest.mark.parametrize(
    ("origin", "size", "expected"),
    [("a", 6, 6), ("a", 5, 5), ("a", 4, 5), ("b", 9, 5), ("b", 2, 5)],
)
def test_a_mark_is_only_raised_within_one_log(tmp_path, origin, size, expected):
    highwater.write_mark(tmp_path, Mark(origin, size, bytes(32)))

    highwater.raise_mark(tmp_path, Mark("a", 5, bytes(32)))

    mark = highwater.read_mark(tmp_path)
    assert (mark.origin, mark.size) == ("a", expected)


def test_a_mark_that_was_damaged_meanwhile_is_written_anew(tmp_path):
    (tmp_path / highwater.FILE).write_text("?")

    highwater.raise_mark(tmp_path, Mark("a", 5, bytes(32)))

    assert highwater.read_mark(tmp_path).size == 5
