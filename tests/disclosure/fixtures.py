"""Fixtures of the world, for every folder whose tests need it.

One bank per kind of database serves all tests of a folder; each test makes recipients
and persons of its own. The clock goes forward only.
"""

import shutil
from uuid import uuid4

import pytest

from pds.bank.bank import open_bank
from pds.core.settings import Settings
from tests.conftest import administer, with_database
from tests.disclosure.world import World
from tests.fakes import FrozenClock


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def world(request, tmp_path_factory):
    """A world on each database, shared by the session."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "data").mkdir(mode=0o700)
    if request.param == "sqlite":
        path = folder / "data" / "infobank.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield from _opened(f"sqlite:///{path}", folder)
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    name = f"world_{uuid4().hex}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield from _opened(with_database(server, name), folder)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _opened(url, folder):
    settings = Settings.from_environment(
        {
            "INFOBANK_DATA_DIR": str(folder / "data"),
            "INFOBANK_KEY_DIR": str(folder / "keys"),
            "INFOBANK_DATABASE_URL": url,
        }
    )
    clock = FrozenClock()
    bank = open_bank(settings, clock)
    yield World(bank, clock)
    bank.close()


@pytest.fixture
def lone(bank, clock):
    """A world of a test's own, for what would spoil a shared one."""
    return World(bank, clock)
