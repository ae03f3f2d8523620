"""A copy taken while the service writes, lost data, and the same log going on."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from audit import store
from audit.checkpoint import open_checkpoint
from audit.entry import Entry
from audit.highwater import read_mark
from audit.leaf import EventType
from audit.merkle import verify_consistency
from pds.bank.backup import service as backup
from pds.bank.bank import open_bank
from pds.cli.demo.browser import Browser
from pds.core.clock import SystemClock
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.settings import Settings
from tests.ops.load import Load
from tests.ops.serving import found_world, run_cli, serving

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def write(bank, times=3):
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    for _ in range(times):
        bank.unit_of_work(lambda work: work.log.record(entry))


@only_sqlite
def test_from_a_copy_under_load_to_a_log_that_goes_on(environment, tmp_path: Path):
    found = found_world(environment)
    data, keys = tmp_path / "data", tmp_path / "keys"
    early, late = tmp_path / "early", tmp_path / "late"

    with serving(environment, tmp_path / "server.log") as server:
        # The copy is what takes time; it needs its part of the machine.
        load = Load(found, fetching=1)
        load.start()
        copied = run_cli(environment, "backup", str(early))
        load.go_on()
        assert server.stop() == 0
        load.finish()
    assert copied.returncode == 0, copied.stdout + copied.stderr
    assert "Keys are not included" in copied.stdout
    assert run_cli(environment, "backup", str(late)).returncode == 0
    before = read_mark(keys)

    # The older copy lacks entries that were signed: it is put back, and refused.
    shutil.rmtree(data)
    older = run_cli(environment, "restore", str(early))
    refused = run_cli(environment, "run")
    assert older.returncode == 1
    assert "✗ log.mark" in older.stdout
    assert "Restore a newer copy" in older.stdout
    assert refused.returncode == 1
    assert "log.shorter" in refused.stderr
    assert "Restore a newer copy" in refused.stderr
    assert read_mark(keys) == before

    # The copy of the stop lacks nothing.
    shutil.rmtree(data)
    newest = run_cli(environment, "restore", str(late))
    assert newest.returncode == 0, newest.stdout + newest.stderr
    with serving(environment, tmp_path / "again.log") as server:
        person = next(each for each in found.logins if each.role == "person")
        browser = Browser(server.base)
        home = browser.log_in(person)
        records = browser.open("/data")
        assert server.stop() == 0
    assert home.address.endswith("/home")
    assert records.status == 200
    assert run_cli(environment, "audit", "verify").returncode == 0

    assert before is not None
    bank = open_bank(Settings.from_environment(environment), SystemClock())
    with closing(bank):
        write(bank)
        note = bank.checkpoint()
        signed, _note = open_checkpoint(note, [bank.signer.vkey])
        with bank.read() as view:
            proof = store.consistency_proof(view.connection, before.size, signed.size)
    assert signed.size > before.size
    verify_consistency(before.size, signed.size, proof, before.root, signed.root)


@pytest.fixture
def copied(bank, settings, clock, tmp_path):
    write(bank)
    backup.back_up(settings, tmp_path / "copy", clock)
    return tmp_path / "copy"


@only_sqlite
def test_a_copy_is_one_private_file_and_says_what_it_is(copied, bank, settings, clock):
    manifest = json.loads((copied / "manifest.json").read_text())

    assert sorted(each.name for each in copied.iterdir()) == [
        "infobank.db",
        "manifest.json",
    ]
    assert {each.stat().st_mode & 0o777 for each in copied.iterdir()} == {0o600}
    assert manifest["size"] == 4
    assert manifest["keys"] == "not included"
    assert backup.find(copied).size == 4
    assert all(each.is_good for each in backup.inspect_copy(settings, copied, clock))
    secrets = [path.read_bytes().strip() for path in settings.key_dir.glob("*.key")]
    stored = (copied / "infobank.db").read_bytes()
    assert not [each for each in secrets if each in stored]


@only_sqlite
def test_a_restored_bank_goes_on_with_new_data_keys(copied, bank, settings, clock):
    bank.close()
    shutil.rmtree(settings.data_dir)

    backup.restore(settings, copied)

    assert (settings.data_dir / "infobank.db").stat().st_mode & 0o777 == 0o600
    with closing(open_bank(settings, clock)) as again, again.read() as view:
        held = view.connection.exec_driver_sql(
            "SELECT class, state, enc_reserved >= 2147483648 FROM owner_key"
        ).all()
        assert (2, 2, 0) in held
        assert all(state == 2 or spent for _class, state, spent in held)
        write(again)
        assert store.size(view.connection) == 4


@only_sqlite
@pytest.mark.parametrize("beside", ["", "-wal"])
def test_nothing_is_written_over(copied, bank, settings, beside):
    with pytest.raises(Conflict, match="not empty"):
        backup.back_up(settings, copied, bank.clock)
    bank.close()
    shutil.rmtree(settings.data_dir)
    settings.data_dir.mkdir()
    there = settings.data_dir / f"infobank.db{beside}"
    there.write_text("evidence")

    with pytest.raises(Conflict, match="Move it away"):
        backup.restore(settings, copied)

    assert there.read_text() == "evidence"


@only_sqlite
@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "0" * 64},
        {"size": 3},
        {"root": "0" * 64},
        {"origin": "elsewhere/log"},
        {"schema": "0000"},
        {"format": "infobank-backup/9"},
        {"created_at": "yesterday"},
        {"created_at": "2026-11-20T03:00:00"},
        {"more": 1},
    ],
)
def test_a_changed_manifest_is_refused(copied, settings, clock, change):
    path = copied / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(Invalid):
        backup.inspect_copy(settings, copied, clock)


@only_sqlite
def test_a_changed_or_missing_file_is_refused(copied, settings, clock):
    file = copied / "infobank.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Invalid):
        backup.inspect_copy(settings, copied, clock)
    file.unlink()
    with pytest.raises(Invalid):
        backup.inspect_copy(settings, copied, clock)
    (copied / "manifest.json").unlink()
    with pytest.raises(Invalid, match="no readable"):
        backup.inspect_copy(settings, copied, clock)


@only_sqlite
def test_a_missing_database_is_no_backup(settings, clock, tmp_path):
    gone = replace(settings, database_url=f"sqlite:///{tmp_path}/gone.db")

    with pytest.raises(NotFound):
        backup.back_up(gone, tmp_path / "copy", clock)

    assert not (tmp_path / "gone.db").exists()
