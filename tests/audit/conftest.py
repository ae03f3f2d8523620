# ruff: noqa: ARG002 - the fake takes what the real keyring takes
"""Fakes at the ports of the log: a keyring that holds keys in memory."""

import hashlib
import hmac
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine, event

from audit import guards, person
from audit.head import create_head
from audit.recorder import Recorder
from audit.work import Work
from pds.core.database import metadata
from pds.core.ids import BANK, uuid7
from pds.crypto.errors import EnvelopeError
from pds.keys.errors import KeyUnavailable

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORIGIN = "log.infobank.example/1"


class CountingIds:
    """Ids and secrets that a test can repeat."""

    def __init__(self):
        self._count = 0

    def new(self):
        self._count += 1
        return uuid7(1_790_000_000_000, self._count.to_bytes(10, "big"))

    def secret(self, size=32):
        self._count += 1
        seed = self._count.to_bytes(8, "big")
        return hashlib.shake_256(seed).digest(size)


class MemoryDataKey:
    def __init__(self, secret):
        self._secret = secret

    def derive_once(self, label):
        return self.derive(label, 32)

    def derive(self, label, size):
        return hmac.digest(self._secret, label + b"\x01", "sha256")[:size]

    def seal(self, plaintext, bound):
        tag = hmac.digest(self._secret, repr(bound).encode() + plaintext, "sha256")
        return tag + plaintext

    def open(self, envelope, bound):
        plaintext = envelope[32:]
        if self.seal(plaintext, bound) != envelope:
            raise EnvelopeError
        return plaintext


@dataclass(frozen=True)
class MemoryKey:
    owner: UUID
    key_class: int
    generation: int
    data_key: MemoryDataKey
    destroy_after: datetime | None


@dataclass
class MemoryKeyring:
    """Keys by (owner, class, generation); the newest is the active one."""

    keys: dict = field(default_factory=dict)
    destroyed: set = field(default_factory=set)

    def create(self, connection, owner, key_class, *, now, destroy_after=None):
        generation = 1 + sum(1 for k in self.keys if k[:2] == (owner, int(key_class)))
        name = (owner, int(key_class), generation)
        secret = hashlib.sha256(repr(name).encode()).digest()
        key = MemoryKey(*name, MemoryDataKey(secret), destroy_after)
        self.keys[name] = key
        return key

    def open(self, connection, owner, key_class, generation):
        name = (owner, int(key_class), generation)
        if name in self.destroyed:
            raise KeyUnavailable("keys.destroyed")
        return self.keys[name]

    def active(self, connection, owner, key_class):
        newest = max(k for k in self.keys if k[:2] == (owner, int(key_class)))
        return self.open(connection, *newest)

    def seal(self, connection, key, object_id, version, label, plaintext):
        return key.data_key.seal(plaintext, (object_id, version, label))

    def unseal(self, key, envelope, object_id, version, label):
        return key.data_key.open(envelope, (object_id, version, label))


@pytest.fixture
def ids():
    return CountingIds()


@pytest.fixture
def keys():
    return MemoryKeyring()


@pytest.fixture(scope="session")
def empty_log(tmp_path_factory):
    """A file with the tables of the log alone, to be copied."""
    path = tmp_path_factory.mktemp("log") / "log.db"
    engine = create_engine(f"sqlite:///{path}")
    names = [
        t for t in metadata.sorted_tables if t.name.startswith(("log_", "person_"))
    ]
    with engine.begin() as connection:
        metadata.create_all(connection, tables=names)
        for statement in guards.statements("sqlite", up=True):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return path


@pytest.fixture
def engine(empty_log, tmp_path):
    engine = create_engine(f"sqlite:///{shutil.copy(empty_log, tmp_path)}")

    @event.listens_for(engine, "connect")
    def _no_own_begin(connection, _record):
        connection.isolation_level = None

    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        create_head(connection, ORIGIN)
        yield connection
        connection.rollback()


@pytest.fixture
def make_work(connection, ids, keys):
    """Make a unit of work at a moment, by default the same one."""

    def make(now=NOW):
        return Work(connection, now, ids, keys, Recorder(connection, now, ids, keys))

    return make


@pytest.fixture
def work(make_work):
    """A unit of work with the bank's own subject open."""
    work = make_work()
    person.open_subject(work, BANK)
    return work


@pytest.fixture
def later():
    return NOW + timedelta(days=60)
