"""A bank's tables in memory with real keys, and a recipient that may be given data."""

import hashlib
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event

from audit import person
from audit.recorder import Recorder
from audit.work import Work
from consent import board, certificates, notices, recipients, service
from consent.facts import BoardSubjectKind
from pds.core.database import metadata
from pds.core.ids import BANK, OwnerId, uuid7
from pds.crypto.providers.file import FileKeyProvider
from pds.keys.keyring import Keyring
from tests import clearing
from tests.board import approve_texts
from tests.conftest import administer, with_database
from tests.consent.world import (
    BANK_PARTY,
    CONTRACT,
    DAY,
    EVIDENCE,
    NOW,
    PROFILE,
    PROVISION,
    RECIPIENT,
    decision,
)


class SeededIds:
    """Ids and secrets that a test can repeat."""

    def __init__(self):
        self._count = 0

    def new(self):
        self._count += 1
        return uuid7(1_795_400_000_000, self._count.to_bytes(10))

    def secret(self, size=32):
        self._count += 1
        return hashlib.shake_256(self._count.to_bytes(8)).digest(size)


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    folder = tmp_path_factory.mktemp("consent-keys")
    return FileKeyProvider(folder / "keys", data_dir=folder / "data", may_create=True)


@pytest.fixture(scope="session")
def postgres_engine(postgres_server, postgres_template):
    name = f"consent_{uuid4().hex}"
    administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    engine = create_engine(with_database(postgres_server, name))
    yield engine
    engine.dispose()
    administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_engine():
    engine = create_engine("sqlite://")

    @event.listens_for(engine, "connect")
    def _no_own_begin(raw, _record):
        raw.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection):
        connection.exec_driver_sql("BEGIN")

    with engine.connect() as connection:
        metadata.create_all(connection)
        connection.commit()
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def connection(request):
    """A transaction that is rolled back, once per kind of database."""
    engine = request.getfixturevalue(f"{request.param}_engine")
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def at(connection, provider):
    """Give units of work at any moment, on one connection."""
    ids = SeededIds()
    keys = Keyring(provider, ids)

    def make(now):
        log = Recorder(connection, now, ids, keys)
        return Work(connection, now, ids, keys, log)

    person.open_subject(make(NOW), BANK)
    return make


@pytest.fixture
def work(at):
    return at(NOW)


@pytest.fixture
def owner(work):
    owner = OwnerId(work.ids.new())
    person.open_subject(work, owner)
    return owner


@pytest.fixture
def contract_id(work):
    """A recipient with everything in force."""
    approve_texts(work)
    recipients.register(work, PROFILE, actor="operator")
    contract_id = clearing.contract(work, RECIPIENT, CONTRACT)
    certificates.add(
        work,
        RECIPIENT,
        kind="isms",
        number="IS 123456",
        valid_until=NOW + 500 * DAY,
        actor="operator",
    )
    for kind, subject in [
        (BoardSubjectKind.RECIPIENT, RECIPIENT),
        (BoardSubjectKind.CONTRACT, contract_id),
    ]:
        board.decide(work, decision(kind, subject), actor="board")
    clearing.approve(work, RECIPIENT)
    return contract_id


@pytest.fixture
def asked(work, owner, contract_id):
    """A request that waits for an answer."""
    return service.request(work, owner, RECIPIENT, PROVISION, client_id="hikari-app")


@pytest.fixture
def notice(work, contract_id):
    return notices.keep(work, notices.compose(PROVISION, PROFILE, BANK_PARTY))


@pytest.fixture
def consent_given(work, owner, asked, notice):
    return service.give(
        work,
        owner,
        asked.consent.consent_id,
        PROVISION,
        notice=notice,
        evidence=EVIDENCE,
    )
