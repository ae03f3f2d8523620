"""Fixtures of the world, for every folder whose tests need it.

One bank per kind of database serves all tests of a folder; each test makes recipients
and persons of its own. The clock goes forward only.
"""

import pytest

from pds.bank.bank import open_bank
from tests.disclosure.world import World
from tests.fakes import FrozenClock
from tests.prepared import settings_in


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def world(request, copy_of, tmp_path_factory):
    """A world on each database, shared by the session."""
    folder = tmp_path_factory.mktemp("world")
    with copy_of(request.param, folder, None) as url:
        clock = FrozenClock()
        bank = open_bank(settings_in(folder, url), clock)
        yield World(bank, clock)
        bank.close()


@pytest.fixture
def lone(bank, clock):
    """A world of a test's own, for what would spoil a shared one."""
    return World(bank, clock)
