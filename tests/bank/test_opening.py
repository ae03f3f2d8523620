"""What refuses to start."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from audit.draft import LeafDraft
from audit.entry import Entry
from audit.head import read_head
from audit.highwater import Mark, read_mark, write_mark
from audit.leaf import EventType
from pds.bank.bank import Bank, open_bank
from pds.bank.schema import downgrade, upgrade
from pds.core.errors import BankError
from pds.core.settings import Settings
from tests.conftest import emptied
from tests.fakes import FrozenClock
from tests.waiting import leave_waiting

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def write(bank: Bank) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    bank.unit_of_work(lambda work: work.log.record(entry))


def test_an_empty_database_asks_for_the_schema(
    settings: Settings, clock: FrozenClock
) -> None:
    downgrade(settings.database_url, "base")

    with pytest.raises(BankError, match="db upgrade"):
        open_bank(settings, clock)

    upgrade(settings.database_url)
    open_bank(settings, clock).close()


def test_missing_keys_refuse(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    bank.close()
    shutil.rmtree(settings.key_dir)

    with pytest.raises(BankError):
        open_bank(settings, clock)

    assert not settings.key_dir.exists()


def test_a_wrong_key_refuses(
    bank: Bank, settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    bank.close()
    kek = settings.key_dir / "kek-1.key"
    kek.unlink()
    kek.write_text("A" * 43 + "=\n")
    kek.chmod(0o400)

    with pytest.raises(BankError):
        open_bank(settings, clock)


@pytest.mark.parametrize("name", ["kek-1.key", "log-ed25519.key"])
def test_a_key_that_others_can_read_refuses(
    bank: Bank, settings: Settings, clock: FrozenClock, name: str
) -> None:
    bank.close()
    (settings.key_dir / name).chmod(0o444)

    with pytest.raises(BankError):
        open_bank(settings, clock)


def test_another_origin_refuses(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    bank.close()

    with pytest.raises(BankError) as caught:
        open_bank(replace(settings, log_origin="elsewhere.example/log"), clock)

    assert caught.value.code == "log.other-origin"


def test_a_clock_behind_the_log_refuses(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    write(bank)
    bank.close()
    clock.advance(timedelta(seconds=-6))

    with pytest.raises(BankError) as caught:
        open_bank(settings, clock)

    assert caught.value.code == "log.clock-behind"


@only_sqlite
def test_an_older_copy_of_the_database_refuses(
    bank: Bank,
    settings: Settings,
    clock: FrozenClock,
    open_another: Callable[[], Bank],
    tmp_path: Path,
) -> None:
    """The high-water mark beside the log's key remembers what was signed."""
    path = str(make_url(settings.database_url).database)
    bank.close()
    shutil.copy(path, tmp_path / "older.db")
    later = open_another()
    write(later)
    later.close()
    shutil.copy(tmp_path / "older.db", path)

    with pytest.raises(BankError) as caught:
        open_bank(settings, clock)

    assert caught.value.code == "log.shorter"


def test_a_new_database_under_an_old_mark_refuses_every_time(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    """A refused start must sign nothing and leave the mark as it was."""
    write(bank)
    bank.close()
    mark = read_mark(settings.key_dir)
    emptied(settings.database_url)
    upgrade(settings.database_url)

    for _ in range(2):
        with pytest.raises(BankError) as caught:
            open_bank(settings, clock)
        assert caught.value.code == "log.shorter"

    assert mark is not None
    assert read_mark(settings.key_dir) == mark


@pytest.mark.parametrize(
    "change", ["frontier = {zeros}", "size = size + 1", "frontier = {nothing}"]
)
def test_a_head_that_was_tampered_with_is_not_signed(
    bank: Bank, settings: Settings, clock: FrozenClock, change: str
) -> None:
    write(bank)
    with bank.read() as view:
        joined = b"".join(read_head(view.connection).frontier)
    bank.close()
    mark = read_mark(settings.key_dir)
    start = "x'" if settings.is_sqlite else "'\\x"
    zeros = f"{start}{bytes(len(joined)).hex()}'"
    values = change.format(zeros=zeros, nothing=f"{start}'")
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE log_head SET {values}")
    engine.dispose()

    with pytest.raises(BankError) as caught:
        open_bank(settings, clock)

    assert caught.value.code == "log.inconsistent"
    assert read_mark(settings.key_dir) == mark


def test_leaves_that_wait_in_an_older_copy_do_not_move_the_mark(
    bank: Bank, settings: Settings, clock: FrozenClock
) -> None:
    """What waits in a restored database is integrated only once it may open."""
    write(bank)
    with bank.read() as view:
        head = read_head(view.connection)
    bank.close()
    mark = Mark(head.origin, head.size + 5, bytes(32))
    write_mark(settings.key_dir, mark)
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        waiting = LeafDraft(bytes(16), bytes(32), b'{"t":', b"}")
        leave_waiting(connection, [waiting])
    engine.dispose()

    with pytest.raises(BankError) as caught:
        open_bank(settings, clock)

    assert caught.value.code == "log.shorter"
    assert read_mark(settings.key_dir) == mark
