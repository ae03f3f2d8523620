"""Each thing is broken on purpose, and the doctor must name that very thing."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text

from audit.draft import LeafDraft
from audit.entry import Entry
from audit.highwater import FILE
from audit.leaf import EventType
from audit.signer import KEY_FILE
from pds.bank.bank import Bank
from pds.bank.inspection.inspector import inspect
from pds.bank.inspection.undelivered import PATIENCE
from pds.bank.schema import upgrade
from pds.bank.undelivered import FOLDER, Kept, UndeliveredFolder
from pds.cli.demo import credentials
from pds.cli.doctor import doctor_command
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.disclosure.release import Undelivered
from tests.conftest import emptied
from tests.waiting import leave_waiting

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def write(bank: Bank, times: int = 1) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    for _ in range(times):
        bank.unit_of_work(lambda work: work.log.record(entry))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    if settings.is_sqlite:
        # The template of the tests was copied with the permissions of any file.
        Path(str(make_url(settings.database_url).database)).chmod(0o600)
    return settings


@pytest.fixture
def at_rest(bank: Bank, settings: Settings) -> Settings:
    """An installation with seven entries that is not running."""
    write(bank, 6)
    bank.close()
    return settings


@pytest.fixture
def wrong(clock) -> Callable[..., dict[str, str]]:
    """Return what the doctor finds wrong: name and words of each."""

    def found(settings: Settings, *, full: bool = False) -> dict[str, str]:
        every = list(inspect(settings, clock, full=full))
        assert all(each.said for each in every)
        assert all(bool(each.advice) != each.is_good for each in every)
        return {
            each.name: each.said
            for each in every
            # The clock of the tests stands still; that of the server does not.
            if not each.is_good and "database server" not in each.said
        }

    return found


def spoil(settings: Settings, *statements: str) -> None:
    """Change rows as somebody could who owns the database."""
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))
    engine.dispose()


def unguarded(settings: Settings, table: str, act: str) -> str:
    if settings.is_sqlite:
        return f"DROP TRIGGER {table}_no_{act}"
    return f"ALTER TABLE {table} DISABLE TRIGGER USER"


@pytest.mark.parametrize("full", [False, True])
def test_all_is_well_at_rest_and_nothing_is_touched(at_rest, wrong, full):
    def seen():
        folders = (at_rest.data_dir, at_rest.key_dir)
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_mode, path.read_bytes())
            for folder in folders
            for path in folder.iterdir()
        }

    before = seen()

    assert wrong(at_rest, full=full) == {}
    assert seen() == before


def test_all_is_well_while_the_service_writes(bank, settings, wrong):
    write(bank, 3)

    assert wrong(settings, full=True) == {}
    write(bank)


@pytest.mark.parametrize(
    ("path", "mode", "name"),
    [
        (".", 0o750, "files.keys"),
        ("kek-1.key", 0o440, "files.keys"),
        (KEY_FILE, 0o600, "files.keys"),
        (FILE, 0o666, "files.keys"),
    ],
)
def test_a_loose_mode_of_keys_is_found(at_rest, wrong, path, mode, name):
    (at_rest.key_dir / path).chmod(mode)

    assert f"{mode:04o}" in wrong(at_rest)[name]


@only_sqlite
@pytest.mark.parametrize("path", [".", "infobank.db", "infobank.db.lock"])
def test_a_loose_mode_of_data_is_found(at_rest, wrong, path):
    (at_rest.data_dir / path).chmod(0o755)

    assert "0755" in wrong(at_rest)["files.data"]


@only_sqlite
def test_a_new_database_is_for_nobody_else(settings, tmp_path):
    path = tmp_path / "fresh.db"

    upgrade(f"sqlite:///{path}")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_deleted_key_is_found(at_rest, wrong):
    (at_rest.key_dir / "kek-1.key").unlink()

    assert "kek-" in wrong(at_rest)["keys.known"]


def test_another_key_is_found(at_rest, wrong):
    path = at_rest.key_dir / "kek-1.key"
    path.unlink()
    path.write_text("A" * 43 + "=\n")
    path.chmod(0o400)

    assert "not the one" in wrong(at_rest)["keys.known"]


def test_another_secret_is_found(bank, settings, wrong):
    bank.secret("login-pepper")
    bank.close()
    path = settings.key_dir / "login-pepper.key"
    path.unlink()
    path.write_text("A" * 43 + "=\n")
    path.chmod(0o400)

    assert "login-pepper is not the one" in wrong(settings)["keys.known"]


def test_another_log_key_is_found(at_rest, wrong):
    path = at_rest.key_dir / KEY_FILE
    path.unlink()
    path.write_text("A" * 43 + "=\n")
    path.chmod(0o400)

    assert "log.checkpoint" in wrong(at_rest)


def test_no_keys_at_all_are_found_and_not_made(at_rest, wrong):
    shutil.rmtree(at_rest.key_dir)

    assert {"files.keys", "keys.known", "keys.log", "log.mark"} <= wrong(at_rest).keys()
    assert not at_rest.key_dir.exists()


def test_a_log_with_its_tail_cut_off_is_found(at_rest, wrong):
    spoil(
        at_rest,
        unguarded(at_rest, "log_leaf", "delete"),
        "DELETE FROM log_leaf WHERE idx = 6",
    )

    assert {"log.head", "log.leaves"} <= wrong(at_rest).keys()


def test_a_changed_entry_is_found(at_rest, wrong):
    spoil(
        at_rest,
        unguarded(at_rest, "log_leaf", "update"),
        "UPDATE log_leaf SET leaf = (SELECT l.leaf FROM log_leaf l WHERE l.idx = 2)"
        " WHERE idx = 3",
    )

    assert wrong(at_rest) == {
        "log.leaves": "entry 3 is not the one that was hashed",
    }
    assert "log.leaves" in wrong(at_rest, full=True)


def test_a_changed_tree_is_found(at_rest, wrong):
    spoil(
        at_rest,
        unguarded(at_rest, "log_node", "update"),
        "UPDATE log_node SET hash = (SELECT leaf_hash FROM log_leaf WHERE idx = 0)",
    )

    assert {"log.mark", "log.head", "log.checkpoint"} <= wrong(at_rest).keys()


@only_sqlite
def test_a_rolled_back_database_is_found(at_rest, wrong, open_another, tmp_path):
    path = at_rest.data_dir / "infobank.db"
    shutil.copy(path, tmp_path / "older.db")
    later = open_another()
    write(later, 2)
    later.close()
    shutil.copy(tmp_path / "older.db", path)

    assert wrong(at_rest)["log.mark"] == "9 entries were signed, the database holds 7"


@pytest.mark.parametrize("spoilt", ["{", None])
def test_a_lost_or_spoilt_mark_is_found(at_rest, wrong, spoilt):
    path = at_rest.key_dir / FILE
    if spoilt is None:
        path.unlink()
    else:
        path.write_text(spoilt)

    assert list(wrong(at_rest)) == ["log.mark"]


def test_a_clock_behind_the_log_is_found(at_rest, wrong, clock):
    clock.advance(timedelta(seconds=-6))

    assert "behind the last entry" in wrong(at_rest)["clock"]


@only_postgres
def test_a_clock_apart_from_the_database_server_is_found(at_rest, clock):
    clock.advance(timedelta(days=3650))

    said = {each.name: each.said for each in inspect(at_rest, clock)}

    assert "s apart from the database server" in said["clock"]


def test_another_origin_is_found(at_rest, wrong):
    other = replace(at_rest, log_origin="elsewhere.example/log")

    assert "localhost:8000/log" in wrong(other)["log.mark"]


def test_an_older_schema_is_found(at_rest, wrong):
    emptied(at_rest.database_url)

    found = wrong(at_rest)

    assert "db upgrade" in found["database.schema"]
    assert "log.mark" in found


def test_entries_that_wait_too_long_are_found(at_rest, wrong, clock):
    engine = create_engine(at_rest.database_url)
    made = int(clock.now().timestamp() * 1000).to_bytes(6, "big") + bytes(10)
    with engine.begin() as connection:
        leave_waiting(connection, [LeafDraft(made, bytes(16), b"{", b"}")])
    engine.dispose()
    assert wrong(at_rest) == {}
    clock.advance(timedelta(seconds=11))

    assert "1 entries have waited" in wrong(at_rest)["log.pending"]


@only_sqlite
def test_bytes_that_became_text_are_found(at_rest, wrong):
    spoil(
        at_rest,
        unguarded(at_rest, "log_leaf", "update"),
        "UPDATE log_leaf SET leaf = 'text' WHERE idx = 3",
    )

    assert "cannot be read" in wrong(at_rest)["log.leaves"]


@only_sqlite
def test_damaged_pages_are_found(at_rest, wrong):
    path = at_rest.data_dir / "infobank.db"
    data = bytearray(path.read_bytes())
    data[8192:] = bytes(len(data) - 8192)
    path.write_bytes(data)

    assert "database.whole" in wrong(at_rest)


@only_sqlite
def test_a_missing_database_is_found_and_not_made(at_rest, wrong):
    path = at_rest.data_dir / "infobank.db"
    path.unlink()

    found = wrong(at_rest)

    assert "no database" in found["files.data"]
    assert "database.reachable" in found
    assert not path.exists()


@only_sqlite
def test_a_full_disk_is_found(at_rest, wrong, monkeypatch):
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: usage(1 << 40, 1 << 40, 5 << 20)
    )

    assert wrong(at_rest) == {"files.disk": "5 MiB are free"}


@only_sqlite
def test_surroundings_that_do_not_fit_are_found(at_rest, wrong):
    public = replace(
        at_rest,
        issuer="https://bank.example",
        redis_url="redis://:secret@127.0.0.1:1/0",
    )

    found = wrong(public)

    assert found.keys() == {"proxies", "limiter.store", "public.facts"}
    assert "secret" not in str(found)
    fitting = replace(public, trusted_proxies=1, redis_url=None)
    assert wrong(fitting).keys() == {"public.facts"}


@pytest.fixture
def environment(settings, clock, monkeypatch):
    monkeypatch.setenv("INFOBANK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("INFOBANK_KEY_DIR", str(settings.key_dir))
    monkeypatch.setenv("INFOBANK_DATABASE_URL", settings.database_url)
    # The bank lives at the tests' moment; a week later its clock would be doubted.
    monkeypatch.setattr("pds.cli.doctor.SystemClock", lambda: clock)


@only_sqlite
@pytest.mark.usefixtures("environment")
def test_the_command_says_one_line_each_and_ends_with_0_or_1(at_rest):
    good = CliRunner().invoke(doctor_command, ["--full"])
    (at_rest.key_dir / "kek-1.key").chmod(0o444)
    bad = CliRunner().invoke(doctor_command, [])
    told = json.loads(CliRunner().invoke(doctor_command, ["--json"]).output)

    assert good.exit_code == 0, good.output
    assert {line[0] for line in good.output.splitlines()} == {"✓"}
    assert bad.exit_code == 1
    assert "✗ files.keys" in bad.output
    assert "→ chmod 0400" in bad.output
    assert {each["name"] for each in told if not each["is_good"]} == {
        "files.keys",
        "keys.known",
        "keys.version",
        "keys.returned",
    }


@only_sqlite
@pytest.mark.usefixtures("environment", "at_rest")
def test_settings_and_a_demo_on_a_public_address_are_found(settings, monkeypatch):
    monkeypatch.setenv("INFOBANK_PORT", "none")
    unread = CliRunner().invoke(doctor_command, [])
    monkeypatch.delenv("INFOBANK_PORT")
    path = credentials.path_in(settings.key_dir)
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    monkeypatch.setenv("INFOBANK_ISSUER", "https://bank.example")
    monkeypatch.setenv("INFOBANK_LOG_ORIGIN", settings.log_origin)
    monkeypatch.setenv("INFOBANK_OPERATOR_NAME", "Bank")

    public = CliRunner().invoke(doctor_command, [])

    assert unread.exit_code == 1
    assert "✗ settings             INFOBANK_PORT" in unread.output
    assert "✗ demo" in public.output


def test_a_disclosure_that_the_log_was_not_told_of_is_named(
    at_rest, bank, clock, wrong
):
    folder = UndeliveredFolder(at_rest.data_dir)
    what = Undelivered(bank.ids.new(), OwnerId(bank.ids.new()), "genki-lab", "research")
    folder.keep(Kept(what, bank.ids.new()))
    assert "log.undelivered" not in wrong(at_rest)
    clock.advance(PATIENCE + timedelta(seconds=1))
    assert wrong(at_rest)["log.undelivered"].startswith("1 disclosures that did not")

    (path,) = (at_rest.data_dir / FOLDER).iterdir()
    for content in ("{}", "[]", "not json", '{"v": 2}'):
        path.write_text(content)
        assert wrong(at_rest)["log.undelivered"].startswith("1 files in")
    path.unlink()
    assert "log.undelivered" not in wrong(at_rest)
