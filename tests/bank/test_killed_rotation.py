"""SIGKILL at each step of a rotation: every key opens afterwards, and it goes on."""

import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from pds.bank import key_rotation
from pds.bank.bank import Bank, open_bank
from pds.core.clock import SystemClock
from pds.core.settings import Settings
from pds.keys import rewrapping
from tests.bank.dying import Death, Deaths, deaths, environment_of
from tests.bank.test_key_rotation import commitments, known, make_keys, under

STEPS = [
    ("pds.crypto.providers.file:FileKeyProvider.add_version", "after", 0),
    ("pds.bank.kek_acts:check", "after", 0),
    ("pds.bank.kek_acts:replace", "before", 1),
    ("pds.bank.kek_acts:replace", "after", 1),
    ("pds.bank.kek_acts:begin_retirement", "after", 0),
    ("pds.crypto.providers.file:FileKeyProvider.destroy_version", "before", 0),
    ("pds.crypto.providers.file:FileKeyProvider.destroy_version", "after", 0),
    ("pds.bank.kek_acts:finish_retirement", "after", 0),
    # After the commit of the note, of the second batch, and of the end's beginning.
    ("pds.bank.bank:Bank.unit_of_work", "after", 0),
    ("pds.bank.bank:Bank.unit_of_work", "after", 2),
    ("pds.bank.bank:Bank.unit_of_work", "after", 5),
]


def turn_for_ever(bank: Bank) -> None:
    """Rotate again and again, four keys at a time."""
    kwdefaults = rewrapping.older.__kwdefaults__
    assert kwdefaults is not None
    kwdefaults["limit"] = 4
    while True:
        turn(bank)


def turn(bank: Bank) -> None:
    """Rotate once, and end every older version."""
    key_rotation.rotate(bank, actor="test")
    key_rotation.rewrap(bank, actor="test")
    for each in known(bank)[:-1]:
        key_rotation.retire(bank, each.version, actor="test")


@pytest.fixture(scope="module")
def dying() -> Iterator[Deaths]:
    with deaths() as started:
        yield started


@pytest.mark.parametrize(("step", "moment", "number"), STEPS)
def test_a_kill_at_any_step_of_a_rotation_loses_no_key(
    settings: Settings, dying: Deaths, step: str, moment: str, number: int
) -> None:
    with closing(open_bank(settings, SystemClock())) as bank:
        make_keys(bank, 12)
        before = commitments(bank)
    said = settings.key_dir.parent / "said"
    task = f"{__name__}:turn_for_ever"
    death = Death(environment_of(settings), step, moment, number, str(said), task)
    assert dying.die(death) == -signal.SIGKILL
    with closing(open_bank(settings, SystemClock())) as bank:
        assert commitments(bank) == before
        turn(bank)
        assert commitments(bank) == before
        newest = known(bank)[-1].version
        assert under(bank) == {newest: len(before)}
        assert bank.provider.versions == {newest}
        assert all(each.retired_at for each in known(bank)[:-1])
