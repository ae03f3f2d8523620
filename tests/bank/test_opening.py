"""What refuses to start."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from audit.entry import Entry
from audit.leaf import EventType
from pds.bank.bank import Bank, open_bank
from pds.bank.schema import downgrade, upgrade
from pds.core.errors import BankError
from pds.core.settings import Settings
from tests.fakes import FrozenClock

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
