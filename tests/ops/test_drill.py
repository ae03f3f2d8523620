"""The drill: a copy is restored beside the live data, proven, and recorded."""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url, select

from audit.head import read_head
from audit.highwater import Mark, write_mark
from pds.bank.backup import drill as drilling
from pds.bank.backup import service as backup
from pds.bank.backup.chain import Point
from pds.bank.backup.tables import backup_drill
from pds.bank.bank import open_bank
from pds.bank.inspection.inspector import inspect
from pds.cli.main import cli
from pds.core.clock import SystemClock
from pds.core.errors import Invalid, NotFound, Unavailable
from pds.crypto.errors import KeyProviderError
from tests.disclosure.world import World
from tests.ops.test_backup import only_sqlite, write

CLASSES = {"accounts", "details", "originals", "consents"}


@pytest.fixture
def world(bank, clock):
    return World(bank, clock)


@pytest.fixture
def folder(world, settings, tmp_path):
    """A backup of a bank with records and a consent."""
    world.consented()
    place = tmp_path / "copy"
    backup.back_up(settings, place, world.clock)
    return place


def wrong(drilled):
    return {each.name for each in drilled.findings if not each.is_good}


@only_sqlite
def test_a_good_backup_passes_and_the_live_data_stays(folder, world, settings):
    write(world.bank, 5)
    before = sorted(each.name for each in settings.data_dir.iterdir())
    with world.bank.read() as view:
        head = read_head(view.connection)

    found = drilling.drill(settings, folder, world.clock)

    assert wrong(found) == set()
    assert found.missing == head.size - found.state.size >= 5
    said = {each.name: each.said for each in found.findings}
    assert said["drill.checkpoint"].startswith(("holds", "is the beginning"))
    assert said["drill.records-16"] == "3 opened"
    assert said["drill.consents"] == "1 opened"
    assert {f"drill.{each}" for each in CLASSES} <= said.keys()
    assert {"log.leaves", "database.whole", "keys.known"} <= said.keys()
    assert sorted(each.name for each in settings.data_dir.iterdir()) == before
    with world.bank.read() as view:
        assert read_head(view.connection) == head


@only_sqlite
def test_the_copy_is_the_beginning_of_what_was_published_later(folder, world, settings):
    """The newest checkpoint is longer than the copy: the live log shows the way."""
    world.clock.advance(timedelta(minutes=1))
    write(world.bank, 5)
    world.bank.close()
    found = drilling.drill(settings, folder, world.clock)
    said = {each.name: each.said for each in found.findings}
    assert said["drill.mark"].startswith("is the beginning")
    assert wrong(found) == set()


@only_sqlite
def test_without_the_live_database_a_longer_mark_proves_nothing(
    folder, world, settings
):
    world.clock.advance(timedelta(minutes=1))
    write(world.bank, 5)
    world.bank.close()
    shutil.rmtree(settings.data_dir)

    found = drilling.drill(settings, folder, world.clock)

    assert wrong(found) == {"drill.mark"}
    assert found.missing == 5


@only_sqlite
def test_a_mark_of_another_tree_is_found(folder, world, settings):
    size = backup.find(folder).size
    world.bank.close()
    write_mark(settings.key_dir, Mark(settings.log_origin, size, bytes(32)))
    assert "drill.mark" in wrong(drilling.drill(settings, folder, world.clock))


@only_sqlite
def test_a_checkpoint_from_elsewhere(folder, world, settings):
    write(world.bank, 1)
    note = world.bank.checkpoint()
    good = drilling.drill(settings, folder, world.clock, external=note)
    forged = drilling.drill(
        settings, folder, world.clock, external=note.replace("log\n", "log2\n", 1)
    )
    garbage = drilling.drill(settings, folder, world.clock, external="hello")
    assert wrong(good) == set()
    assert wrong(forged) == wrong(garbage) == {"drill.external"}


@only_sqlite
@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE vault_record SET sealed = zeroblob(2000)", "drill.records-16"),
        ("UPDATE consent_event SET envelope = zeroblob(300)", "drill.consents"),
        ("UPDATE owner_key_wrap SET wrapped = zeroblob(60)", "drill.details"),
    ],
)
def test_what_does_not_open_is_found(world, settings, tmp_path, statement, name):
    """Someone spoiled rows before the backup; no digest can tell."""
    world.consented()
    with closing(sqlite3.connect(settings.data_dir / "infobank.db")) as spoiling:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (each,) in spoiling.execute(triggers).fetchall():
            spoiling.execute(f"DROP TRIGGER {each}")
        spoiling.execute(statement)
        spoiling.commit()
    backup.back_up(settings, tmp_path / "copy", world.clock)
    assert name in wrong(drilling.drill(settings, tmp_path / "copy", world.clock))


@only_sqlite
def test_keys_that_cannot_be_had_end_the_drill(folder, world, settings):
    (settings.key_dir / "kek-1.key").chmod(0o444)
    with pytest.raises(KeyProviderError, match="permissions"):
        drilling.drill(settings, folder, world.clock)


@only_sqlite
def test_an_earlier_state_is_drilled(folder, world, settings):
    write(world.bank, 1)
    backup.go_on(settings, folder, world.clock)
    first, second = backup.find(folder, Point(size=1_000)).size, None
    second = drilling.drill(
        settings, folder, world.clock, point=Point(size=first - 1)
    ).state.size
    assert second < first


@only_sqlite
def test_the_command_records_and_the_doctor_knows(
    folder, world, settings, tmp_path, monkeypatch
):
    for name, value in {
        "DATA_DIR": settings.data_dir,
        "KEY_DIR": settings.key_dir,
        "DATABASE_URL": settings.database_url,
    }.items():
        monkeypatch.setenv(f"INFOBANK_{name}", str(value))
    world.bank.close()
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_text(world.bank.signer.sign(0, bytes(32)))

    good = CliRunner().invoke(cli, ["drill", str(folder)])
    silent = CliRunner().invoke(cli, ["drill", str(folder), "--no-record"])
    naive = CliRunner().invoke(cli, ["drill", str(folder), "--at", "2026-11-30"])
    bad = CliRunner().invoke(
        cli, ["drill", str(folder), "--checkpoint", str(checkpoint)]
    )

    assert good.exit_code == 0, good.output
    assert "Lost if it had to be used now: 0 entries" in good.output
    assert "The drill is recorded" in good.output
    assert silent.exit_code == 0
    assert "recorded" not in silent.output
    assert naive.exit_code == 2
    assert bad.exit_code == 1
    assert "✗ drill.external" in bad.output
    with closing(open_bank(settings, SystemClock())) as again, again.read() as view:
        query = select(backup_drill.c.is_good).order_by(backup_drill.c.at)
        assert list(view.connection.execute(query).scalars()) == [True, False]
    found = {each.name: each for each in inspect(settings, SystemClock())}
    assert "failed" in found["backup.drill"].said


def about_drill(settings, clock):
    (found,) = (e for e in inspect(settings, clock) if e.name == "backup.drill")
    return found


def test_the_doctor_asks_for_a_drill_each_quarter(world, settings, clock, tmp_path):
    """On both databases; the drill itself is made up here."""
    state = backup.Manifest(
        format="infobank-backup/1",
        created_at="2026-11-20T12:00:00+09:00",
        sha256="00" * 32,
        bytes=1,
        schema="0001",
        origin="a/log",
        size=7,
        root="00" * 32,
    )
    drilled = drilling.Drilled(state, (), 3, 2)
    assert about_drill(settings, clock).is_good
    clock.advance(timedelta(days=93))
    assert "ever proven" in about_drill(settings, clock).said

    world.do(lambda work: drilling.record(work, drilled, actor="operator"))

    assert about_drill(settings, clock).said.endswith(": 7 entries in 2 s")
    clock.advance(timedelta(days=93))
    assert "more than a quarter ago" in about_drill(settings, clock).said


# PostgreSQL


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_dump_is_restored_and_proven(tools, world, settings, clock, tmp_path, empty):
    world.consented()
    folder = tmp_path / "dump"
    made = backup.back_up(settings, folder, clock)
    write(world.bank, 2)

    found = drilling.drill(settings, folder, clock, into=empty)

    assert wrong(found) == set()
    assert found.missing == 2
    said = {each.name: each.said for each in found.findings}
    assert said["drill.records-16"] == "3 opened"
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    assert json.loads((folder / "manifest.json").read_text())["size"] == made.size
    assert backup.inspect_copy(settings, folder, clock) == []
    # The place is used now, and a dump has one state.
    with pytest.raises(Exception, match="holds tables"):
        drilling.drill(settings, folder, clock, into=empty)
    with pytest.raises(NotFound, match="write-ahead log"):
        backup.find(folder, Point(size=1))
    with pytest.raises(Invalid, match="--into"):
        drilling.drill(settings, folder, clock)
    (folder / "infobank.dump").write_bytes(b"other")
    with pytest.raises(Invalid, match="manifest"):
        backup.inspect_copy(settings, folder, clock)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("at postgresql://bank:s3/cret%40@db/x: no", "at postgresql://***@db/x: no"),
        ("at postgresql://bank:other@db/x: no", "at postgresql://***@db/x: no"),
        ("host=db password=s3/cret@ port=1", "host=db password=*** port=1"),
        ("Password: 'an other' is wrong", "Password: *** is wrong"),
        ("it was s3/cret@ and s3%2Fcret%40", "it was *** and ***"),
        ("no way\nCOPY person (name) Hanako", "no way"),
        ("", "it said nothing"),
        ("x" * 1_000, "x" * 300),
    ],
)
def test_a_tools_complaint_tells_no_secret(
    bank, settings, clock, tmp_path, monkeypatch, said, shown
):
    (tmp_path / "said").write_text(said)
    tool(tmp_path, f"/bin/cat {tmp_path}/said >&2; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path))
    url = make_url(settings.database_url).set(password="s3/cret@")
    known = replace(settings, database_url=url.render_as_string(hide_password=False))
    with pytest.raises(Unavailable) as caught:
        backup.back_up(known, tmp_path / "dump", clock)
    assert str(caught.value) == f"pg_dump failed: {shown}"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_tool_that_does_not_end_is_stopped(
    bank, settings, clock, tmp_path, monkeypatch
):
    tool(tmp_path, "exec /bin/sleep 600")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="INFOBANK_DUMP_SECONDS"):
        backup.back_up(replace(settings, dump_seconds=0), tmp_path / "dump", clock)
    assert not list((tmp_path / "dump").iterdir())


def tool(folder, words):
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{words}\n")
    (folder / "pg_dump").chmod(0o700)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_missing_tool_is_named(bank, settings, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="apt-get install postgresql-client"):
        backup.back_up(settings, tmp_path / "dump", clock)
    tool(tmp_path, "echo 'no way' >&2; exit 3")
    with pytest.raises(Exception, match="pg_dump failed: no way"):
        backup.back_up(settings, tmp_path / "dump2", clock)
    assert not list((tmp_path / "dump2").iterdir())
