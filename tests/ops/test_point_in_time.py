"""Steps after a full copy, how each state comes back, and what spoils them."""

import hashlib
import json
import resource
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from audit import known_time, store
from audit.entry import Entry
from audit.leaf import EventType
from pds.bank.backup import expiring, pages
from pds.bank.backup import service as backup
from pds.bank.backup import sqlite as copying
from pds.bank.backup.chain import Chain, Point
from pds.bank.backup.pages import Pages, write_changes
from pds.bank.inspection import database
from pds.core.errors import BankError, Conflict, Invalid, NotFound
from tests.fakes import vouched
from tests.ops.test_backup import only_sqlite, write

HOUR = timedelta(hours=1)


@pytest.fixture
def folder(bank, settings, clock, tmp_path):
    """A full copy and three steps, an hour apart, each of more entries."""
    place = tmp_path / "backups" / "one"
    write(bank)
    backup.back_up(settings, place, clock)
    for times in (2, 40, 1):
        clock.advance(HOUR)
        write(bank, times)
        backup.go_on(settings, place, clock)
    return place


def sizes(folder):
    names = ["manifest.json", *sorted(p.name for p in folder.glob("step-*.json"))]
    return [json.loads((folder / name).read_text())["size"] for name in names]


def held(settings):
    with database.opened(settings) as connection:
        return store.size(connection)


def lose(bank, settings):
    bank.close()
    shutil.rmtree(settings.data_dir)


@only_sqlite
def test_each_state_comes_back_whole(folder, bank, settings, clock):
    known = sizes(folder)
    assert known == [4, 6, 46, 47]
    with bank.read() as view:
        roots = [store.root_at(view.connection, size) for size in known]
    bank.close()
    for hours, (size, root) in enumerate(zip(known, roots, strict=True)):
        shutil.rmtree(settings.data_dir)
        at = clock.now() - (3 - hours) * HOUR + timedelta(minutes=59)

        found = backup.restore(settings, folder, Point(at=at))

        assert found.size == held(settings) == size
        with database.opened(settings) as connection:
            assert store.root_at(connection, size) == root
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@only_sqlite
@pytest.mark.parametrize("goes_on", [False, True])
def test_a_state_lacks_nothing_that_was_committed_by_its_moment(
    bank, settings, clock, tmp_path, monkeypatch, *, goes_on
):
    """Writes come at once before and right after the copy, a millisecond apart."""
    place, copy = tmp_path / "copy", copying._copy
    if goes_on:
        backup.back_up(settings, place, clock)
    committed = []

    def commit():
        clock.advance(timedelta(microseconds=900))
        write(bank, 1)
        committed.append(clock.now())

    def between(*args):
        commit()
        copy(*args)
        commit()

    clock.advance(timedelta(milliseconds=700))
    commit()
    clock.advance(timedelta(microseconds=400))
    monkeypatch.setattr(copying, "_copy", between)
    take = backup.go_on if goes_on else backup.back_up
    state = take(settings, place, clock)

    held = state.size - (bank_size(bank) - len(committed))
    assert held == 2
    assert {each for each in committed if each <= state.moment} == {committed[0]}
    assert state.moment.microsecond == 701_000
    assert backup.find(place, Point(at=state.moment)) == state


def bank_size(bank):
    with bank.read() as view:
        return store.size(view.connection)


@only_sqlite
def test_a_step_holds_only_what_changed(folder):
    whole = (folder / "infobank.db").stat().st_size
    steps = [each.stat().st_size for each in sorted(folder.glob("step-*.pages"))]
    assert max(steps) < whole / 4
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert not list(folder.glob(".*draft"))


@only_sqlite
def test_the_newest_state_of_at_most_some_entries(folder, bank, settings):
    lose(bank, settings)
    with pytest.raises(NotFound, match="begins at"):
        backup.restore(settings, folder, Point(size=3))
    assert backup.restore(settings, folder, Point(size=45)).size == 6
    assert held(settings) == 6


@only_sqlite
def test_nothing_new_is_no_step(folder, settings, clock):
    before = sorted(folder.iterdir())
    assert backup.go_on(settings, folder, clock).size == 47
    assert sorted(folder.iterdir()) == before


@only_sqlite
def test_a_copy_that_shrank_comes_back_at_its_length(folder, bank, settings, clock):
    bank.close()
    path = settings.data_dir / "infobank.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE big AS SELECT zeroblob(500000) AS it")
    backup.go_on(settings, folder, clock)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE big")
        connection.execute("VACUUM")
    smaller = backup.go_on(settings, folder, clock)
    shutil.rmtree(settings.data_dir)
    assert backup.restore(settings, folder) == smaller
    assert path.stat().st_size == smaller.bytes


@only_sqlite
def test_what_a_kill_left_is_passed_over(folder, bank, settings, clock):
    """A step without its manifest, and drafts, are as if they had never been."""
    for name in (".copy.draft", ".changes.draft", "step-000004.pages"):
        (folder / name).write_bytes(b"torn")
    (folder / ".step-000004.json.draft").write_text("{")
    assert backup.find(folder).size == 47
    write(bank, 1)
    assert backup.go_on(settings, folder, clock).size == 48
    assert len(backup.inspect_copy(settings, folder, clock)) > 5
    assert not list(folder.glob(".c*draft"))


@only_sqlite
@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "step-000002.pages").unlink(),
        lambda folder: (folder / "step-000002.json").unlink(),
        lambda folder: cut(folder / "step-000002.pages"),
        lambda folder: flip(folder / "step-000002.pages", 17),
        lambda folder: flip(folder / "step-000002.pages", 0),
        lambda folder: flip(folder / "step-000003.pages", 24),
        lambda folder: flip(folder / "step-000003.pages", 200),
        lambda folder: flip(folder / "infobank.db", 17),
        lambda folder: flip(folder / "infobank.db", 9_000),
        lambda folder: cut(folder / "infobank.db"),
        lambda folder: shutil.copy(
            folder / "step-000001.pages", folder / "step-000002.pages"
        ),
        lambda folder: shutil.copy(
            folder / "step-000001.json", folder / "step-000003.json"
        ),
        lambda folder: (folder / "step-000003.json").write_text("[" * 100_000),
    ],
)
def test_a_spoiled_backup_is_refused_and_restores_nothing(
    folder, bank, settings, clock, spoil
):
    lose(bank, settings)
    spoil(folder)
    with pytest.raises(Invalid):
        backup.restore(settings, folder)
    assert not list(settings.data_dir.glob("*infobank.db*"))


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path, place):
    whole = bytearray(path.read_bytes())
    whole[place] ^= 0x40
    path.write_bytes(whole)


@only_sqlite
def test_an_earlier_state_survives_a_spoiled_step(folder, bank, settings):
    lose(bank, settings)
    (folder / "step-000003.pages").unlink()
    assert backup.restore(settings, folder, Point(size=46)).size == 46


@only_sqlite
def test_another_log_is_never_added(folder, bank, settings, clock):
    """Neither a database that was put back, nor one that went another way."""
    lose(bank, settings)
    backup.restore(settings, folder, Point(size=6))
    with pytest.raises(Conflict, match="does not continue"):
        backup.go_on(settings, folder, clock)
    assert sizes(folder) == [4, 6, 46, 47]


@only_sqlite
def test_an_old_backup_is_not_fed(folder, settings, clock):
    clock.advance(timedelta(days=7))
    with pytest.raises(Conflict, match="INFOBANK_BACKUP_DAYS"):
        backup.go_on(settings, folder, clock)


@only_sqlite
def test_only_a_backup_can_go_on(settings, bank, clock, tmp_path):
    with pytest.raises(Invalid, match="no readable"):
        backup.go_on(settings, tmp_path / "none", clock)
    with pytest.raises(Invalid, match="write-ahead"):
        backup.go_on(replace(settings, database_url="postgresql://"), tmp_path, clock)


@only_sqlite
def test_two_at_once_do_not_mix(folder, settings, clock, monkeypatch):
    monkeypatch.setattr(copying, "_PATIENCE", 0.0)
    with (
        copying._alone(folder, clock),
        pytest.raises(BankError, match="Another process"),
    ):
        backup.go_on(settings, folder, clock)


@only_sqlite
def test_old_backups_of_the_same_log_are_deleted(folder, bank, settings, clock):
    beside = folder.parent
    (beside / "notes").mkdir()
    (beside / "foreign").mkdir()
    foreign = json.loads((folder / "manifest.json").read_text())
    (beside / "foreign" / "manifest.json").write_text(
        json.dumps({**foreign, "origin": "other/log"})
    )
    clock.advance(timedelta(days=7))
    bank.unit_of_work(vouched)
    backup.back_up(settings, beside / "two", clock)

    assert expiring.expire(settings, beside / "two", clock) == [folder]

    assert sorted(each.name for each in beside.iterdir()) == ["foreign", "notes", "two"]
    assert expiring.expire(settings, beside / "two", clock) == []


def test_a_clock_that_runs_ahead_deletes_no_backup(
    bank, settings, clock, tmp_path, tools
):
    for name in ("one", "two"):
        backup.back_up(settings, tmp_path / "backups" / name, clock)
    clock.advance(timedelta(days=400))
    backup.back_up(settings, tmp_path / "backups" / "three", clock)

    with pytest.raises(Conflict, match="clock is ahead"):
        expiring.expire(settings, tmp_path / "backups" / "three", clock)

    assert len(list((tmp_path / "backups").iterdir())) == 3
    bank.unit_of_work(vouched)
    gone = expiring.expire(settings, tmp_path / "backups" / "three", clock)
    assert [each.name for each in gone] == ["one", "two"]


@only_sqlite
def test_the_newest_backup_is_never_deleted(bank, settings, clock, tmp_path):
    """Whichever folder was named, and however old the newest is."""
    place = tmp_path / "backups"
    for name in ("a", "b", "c"):
        backup.back_up(settings, place / name, clock)
        clock.advance(timedelta(days=6))
        bank.unit_of_work(known_time.advance)
    clock.advance(timedelta(days=6))
    bank.unit_of_work(known_time.advance)

    assert expiring.expire(settings, place / "a", clock) == [place / "b"]
    assert sorted(each.name for each in place.iterdir()) == ["a", "c"]


@only_sqlite
def test_nothing_is_deleted_unless_the_newest_is_whole(folder, bank, settings, clock):
    two = folder.parent / "two"
    clock.advance(timedelta(days=7))
    bank.unit_of_work(vouched)
    backup.back_up(settings, two, clock)
    cut(two / "infobank.db")
    with pytest.raises(Invalid):
        expiring.expire(settings, two, clock)
    assert folder.exists()


@only_sqlite
def test_more_steps_than_a_process_may_have_files(folder, monkeypatch):
    """Few files are open at once, however many steps a state lies under."""
    monkeypatch.setattr(pages, "_MOST_OPEN", 2)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    chain = Chain(folder)
    paths = [chain._changes(number) for number in (1, 2, 3)] * 100
    copies = []
    for number, path in enumerate(paths):
        copies.append(folder.parent / f"{number}.pages")
        shutil.copy(path, copies[-1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files() + 20, limits[1]))
    try:
        with Pages(folder / "infobank.db", copies) as found:
            whole = b"".join(found)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert hashlib.sha256(whole).hexdigest() == chain.newest.sha256


def open_files():
    return max(int(each.name) for each in Path("/proc/self/fd").iterdir())


@only_sqlite
def test_steps_taken_while_the_bank_writes_are_all_whole(
    bank, settings, clock, tmp_path
):
    """Each step is one snapshot, whatever the write-ahead log does meanwhile."""
    from threading import Event, Thread  # noqa: PLC0415 - here alone

    place, enough = tmp_path / "copy", Event()
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})

    def act():
        while not enough.is_set():
            bank.unit_of_work(lambda work: work.log.record(entry))

    writing = Thread(target=act)
    writing.start()
    try:
        backup.back_up(settings, place, clock)
        for _ in range(5):
            backup.go_on(settings, place, clock)
    finally:
        enough.set()
        writing.join()

    assert all(each.is_good for each in backup.inspect_copy(settings, place, clock))
    assert sizes(place) == sorted(sizes(place))


def test_the_vector_of_the_format(tmp_path):
    """The one of docs/formats/backup.md, and a step that a cut changes."""
    first = bytes(16) + b"\x02\x00" + bytes(494)
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_bytes(first + bytes(512))
    after.write_bytes(first + b"\x01" * 512)
    changes = tmp_path / "changes"
    with Pages(before, ()) as found, changes.open("wb") as out:
        write_changes(found, after, out)
    head = "696e666f62616e6b2d70616765732f310a000002000000000200000001"
    assert changes.read_bytes().hex() == head + "01" * 512
    with Pages(before, [changes]) as found:
        assert b"".join(found) == after.read_bytes()
    larger = tmp_path / "larger"
    larger.write_bytes(bytes(16) + b"\x04\x00" + bytes(1006))
    with (
        Pages(before, ()) as found,
        changes.open("wb") as out,
        pytest.raises(Invalid, match="size of pages"),
    ):
        write_changes(found, larger, out)
