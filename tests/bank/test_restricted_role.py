"""The service as a PostgreSQL role of its own: it works, and cannot touch the past."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from audit import subject
from audit.entry import Entry
from audit.leaf import EventType
from pds.bank import roles
from pds.bank.bank import Bank, open_bank
from pds.core.errors import Invalid
from pds.core.ids import BANK
from pds.core.settings import Settings
from tests.conftest import administer
from tests.fakes import FrozenClock

only_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

UPSERT = (
    "INSERT INTO log_leaf SELECT * FROM log_leaf"
    " ON CONFLICT (idx) DO UPDATE SET leaf = EXCLUDED.leaf"
)
TAMED = (
    "CREATE OR REPLACE FUNCTION log_refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RETURN NEW; END $$"
)


def write(bank: Bank) -> None:
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    bank.unit_of_work(lambda work: work.log.record(entry))


@pytest.fixture
def serving(settings: Settings) -> Iterator[Settings]:
    """The settings of a service that connects as a role of its own."""
    role = f"app_{uuid4().hex}"
    url = make_url(settings.database_url)
    administer(settings.database_url, f"CREATE ROLE {role} LOGIN PASSWORD 'app'")
    roles.grant(settings, role)
    own = url.set(username=role, password="app")
    yield replace(settings, database_url=own.render_as_string(hide_password=False))
    roles.revoke(settings, role)
    administer(settings.database_url, f"DROP ROLE {role}")


@only_postgres
def test_a_service_works_as_a_role_that_owns_nothing(
    serving: Settings, clock: FrozenClock
) -> None:
    for _start in range(2):
        with closing(open_bank(serving, clock)) as bank:
            write(bank)
            assert bank.ready()
            bank.secret("test")
    with closing(open_bank(serving, clock)) as bank, bank.read() as view:
        assert subject.missing(view, bank.keys, BANK) == []


@only_postgres
@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"{act} {table}"
            for table in ("log_leaf", "log_node", "log_sub", "log_checkpoint")
            for act in ("DELETE FROM", "TRUNCATE", "DROP TABLE")
        ),
        "UPDATE log_leaf SET leaf_hash = leaf_hash",
        "UPDATE log_node SET hash = hash",
        "UPDATE log_sub SET idx = idx + 1",
        "INSERT INTO log_sub_recent VALUES ('0123456789abcdef', 0)",
        "DELETE FROM log_sub_run",
        "UPDATE log_checkpoint SET note = note",
        "UPDATE log_detail SET envelope = envelope",
        "UPDATE log_head SET origin = 'other'",
        "DELETE FROM log_head",
        "TRUNCATE log_detail",
        "DELETE FROM sent_receipt",
        "UPDATE sent_receipt SET finding = ''",
        UPSERT,
        "ALTER TABLE log_leaf DISABLE TRIGGER ALL",
        "ALTER TABLE log_leaf ADD COLUMN more text",
        "DROP TRIGGER log_leaf_no_change ON log_leaf",
        "DROP FUNCTION log_refuse() CASCADE",
        TAMED,
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_it_can_neither_change_the_log_nor_lift_its_guards(
    bank: Bank, serving: Settings, statement: str
) -> None:
    write(bank)
    engine = create_engine(serving.database_url)

    with (
        engine.connect() as connection,
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
    ):
        connection.execute(text(statement))
    engine.dispose()


@only_postgres
def test_a_role_without_rights_reads_nothing(
    bank: Bank, serving: Settings, settings: Settings
) -> None:
    roles.revoke(settings, str(make_url(serving.database_url).username))
    engine = create_engine(serving.database_url)

    with (
        engine.connect() as connection,
        pytest.raises(DBAPIError, match="permission denied"),
    ):
        connection.execute(text("SELECT 1 FROM log_head"))
    engine.dispose()


@only_postgres
def test_the_owner_is_no_role_for_the_service(settings: Settings) -> None:
    with pytest.raises(Invalid, match="of its own"):
        roles.grant(settings, str(make_url(settings.database_url).username))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_knows_no_roles(settings: Settings) -> None:
    with pytest.raises(Invalid, match="no roles"):
        roles.grant(settings, "app")
