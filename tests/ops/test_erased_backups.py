"""What was erased dies in the backups of before, too, on the day that was promised."""

from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from pds.bank import key_rotation
from pds.bank.backup import drill as drilling
from pds.bank.backup import postgres
from pds.bank.backup import service as backup
from pds.bank.bank import open_bank
from pds.bank.continuing import continue_log
from pds.bank.erasing import erase_account
from pds.bank.inspection import database
from pds.bank.key_provider import open_key_provider
from pds.core.errors import BankError
from pds.core.ids import RandomIds
from pds.crypto.errors import KeyProviderError
from pds.crypto.wrap import WrapPlace
from pds.keys import store, versions
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key_wrap
from tests.disclosure.members import certificate, member
from tests.disclosure.world import WEIGHT, World
from tests.fakes import vouched
from tests.ops.test_backup import only_sqlite


@pytest.fixture
def world(bank, clock):
    return World(bank, clock)


@pytest.fixture
def put_back(settings, tools, request):
    """Restore a backup beside the live data and open it."""

    @contextmanager
    def opened(folder):
        if settings.is_sqlite:
            state = backup.find(folder)
            with (
                backup.unpacked(settings, folder, state) as place,
                database.opened(place) as connection,
            ):
                yield connection
            return
        place = replace(settings, database_url=request.getfixturevalue("empty"))
        postgres.restore(place, folder, backup.find(folder))
        with database.opened(place) as connection:
            yield connection

    return opened


class Snap:
    """A restored copy at a moment."""

    def __init__(self, connection, now):
        self.connection, self.now = connection, now


def keep_epochs(bank):
    """Do what the chore does, with a clock that a test moved far believed."""
    if bank.clock_is_ahead():
        bank.unit_of_work(vouched)
    key_rotation.keep_epochs(bank)


def readable(world, settings, connection, owner):
    """Return how many of a person's records open with today's keys, and wraps."""
    provider = open_key_provider(settings, may_create=False)
    keys = Keyring(provider, RandomIds(world.clock))
    vault = type(world.bank.vault)(keys)
    snap = Snap(connection, world.clock.now())
    c = owner_key_wrap.c
    mine = select(c["class"]).where(c.owner_id == owner, c["class"] != KeyClass.AUDIT)
    opening = 0
    for key_class in connection.execute(mine).scalars().all():
        row = store.last_row(connection, owner, key_class)
        place = WrapPlace(owner.bytes, key_class, row.generation)
        try:
            keys._unwrapped(place, row)
        except (BankError, KeyProviderError):
            continue
        opening += 1
    try:
        page = vault.page(snap, owner, categories=[WEIGHT], limit=10)
    except (BankError, KeyProviderError):
        return 0, opening
    return len(page.records), opening


def test_on_the_promised_day_a_backup_from_before_is_dead(
    world, settings, clock, tmp_path, put_back
):
    owner, _login = member(world)
    folder = tmp_path / "before"
    backup.back_up(settings, folder, clock)
    _found, claims = certificate(world.bank, erase_account(world.bank, owner))
    promised = datetime.fromisoformat(claims["copies"]["unreadable_from"])
    assert promised == clock.now() + timedelta(days=30)

    clock.advance(timedelta(days=23))
    keep_epochs(world.bank)
    assert set(world.bank.provider.versions) == {1, 2}
    if settings.is_sqlite:
        # Until then whoever has backup and key reads it, as the certificate says.
        with put_back(folder) as connection:
            assert readable(world, settings, connection, owner) == (3, 3)

    clock.advance(promised - clock.now())
    keep_epochs(world.bank)

    assert set(world.bank.provider.versions) == {2}
    with put_back(folder) as connection:
        assert readable(world, settings, connection, owner) == (0, 0)


@only_sqlite
def test_a_dead_backup_neither_serves_nor_passes_the_drill(
    world, settings, clock, tmp_path
):
    """The ledger's way back ends at the keys: nothing of before can be begun again."""
    owner, _login = member(world)
    folder = tmp_path / "before"
    backup.back_up(settings, folder, clock)
    erase_account(world.bank, owner)
    for days in (23, 7):
        clock.advance(timedelta(days=days))
        keep_epochs(world.bank)

    found = drilling.drill(settings, folder, clock)
    wrong = {each.name for each in found.findings if not each.is_good}
    assert {"keys.known", "drill.records-16", "drill.details"} <= wrong
    world.bank.close()
    for each in settings.data_dir.iterdir():
        each.unlink()
    backup.restore(settings, folder)
    later = replace(settings, log_origin="bank.example/2")
    with pytest.raises(KeyProviderError):
        continue_log(later, clock, "backup-restored")


@only_sqlite
def test_a_backup_of_after_the_rotation_lives(world, settings, clock, tmp_path):
    """Although it knows the old version as one that is there: nothing is under it."""
    owner, _login = member(world)
    clock.advance(timedelta(days=23))
    keep_epochs(world.bank)
    clock.advance(timedelta(days=6))
    backup.back_up(settings, tmp_path / "after", clock)
    clock.advance(timedelta(days=1))
    keep_epochs(world.bank)
    assert set(world.bank.provider.versions) == {2}

    with (
        backup.unpacked(
            settings, tmp_path / "after", backup.find(tmp_path / "after")
        ) as place,
        database.opened(place) as connection,
    ):
        assert readable(world, settings, connection, owner) == (3, 3)
    found = drilling.drill(settings, tmp_path / "after", clock)
    assert [each for each in found.findings if not each.is_good] == []
    world.bank.close()
    for each in settings.data_dir.iterdir():
        each.unlink()
    backup.restore(settings, tmp_path / "after")
    again = replace(settings, log_origin="bank.example/2")
    continue_log(again, clock, "backup-restored")
    with closing(open_bank(again, clock)) as bank:
        keep_epochs(bank)
        with bank.read() as view:
            retired = versions.history(view.connection)[0].retired_at
    assert retired == clock.now()
