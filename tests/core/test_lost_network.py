"""A network that is lost holds nobody: each conversation with PostgreSQL ends."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import Connection, Engine, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from audit.head import read_head
from pds.bank import traces
from pds.bank.bank import open_bank
from pds.core import limited, postgres
from pds.core.database import Prepared, open_engine
from pds.core.errors import Unavailable
from pds.core.postgres import written
from pds.core.settings import Settings
from tests.core.lossy_network import LossyNetwork
from tests.fakes import FrozenClock

LOST = (DBAPIError, psycopg.OperationalError)
ONE = written("SELECT 1")
LARGE = written("SELECT length($1::bytea)", "bytes")
PREPARED = Prepared(select(literal_column("1")))


@pytest.fixture
def network(postgres_server: str) -> Iterator[LossyNetwork]:
    network = LossyNetwork(postgres_server)
    yield network
    network.close()


@pytest.fixture
def engine(network: LossyNetwork) -> Iterator[Engine]:
    engine = open_engine(network.url, writer=True, patience=30)
    yield engine
    engine.dispose()


WAYS: dict[str, Callable[[Connection], object]] = {
    "sqlalchemy": lambda c: c.execute(text("SELECT 1")),
    "prepared": PREPARED.one,
    "new-statement": lambda c: postgres.run(c, written("SELECT 2"), {}),
    "begun": lambda c: postgres.run(c, ONE, {}),
    "together": lambda c: postgres.together(c, [(ONE, {}), (ONE, {})]),
    "commit": lambda c: postgres.commit(c, [(ONE, {})]).answers(),
    "large": lambda c: postgres.together(c, [(LARGE, {"bytes": bytes(1 << 25)})]),
    "in-transaction": lambda c: postgres.run(c, ONE, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_conversation_waits_for_ever(
    network: LossyNetwork, engine: Engine, way: str
) -> None:
    with engine.connect() as connection:
        postgres.run(connection, ONE, {})
        if way != "in-transaction":
            connection.exec_driver_sql("COMMIT")
        driver = connection.connection.driver_connection
        assert driver is not None
        # Only now: whatever came before may take its time on a busy machine.
        driver.patience = 0.05  # type: ignore[attr-defined]
        network.lose()

        with pytest.raises(LOST):
            WAYS[way](connection)

        assert driver.closed
        connection.invalidate()


def test_no_connecting_waits_for_ever(
    network: LossyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The least that psycopg waits.
    monkeypatch.setattr(limited, "_CONNECT_SECONDS", 2)
    network.lose()
    with pytest.raises(LOST):
        open_engine(network.url, writer=False).connect()


def test_no_clearing_of_files_waits_for_ever(
    network: LossyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread of the chores does it, and consents and epochs wait behind."""
    monkeypatch.setattr(limited, "_CONNECT_SECONDS", 2)
    settings = Settings.from_environment({"INFOBANK_DATABASE_URL": network.url})
    network.lose()
    with pytest.raises(Unavailable):
        traces.clear(settings, FrozenClock())


@pytest.mark.parametrize(("writer", "idle"), [(True, "30s"), (False, "0")])
def test_what_a_server_should_do_is_said_to_it(
    network: LossyNetwork, writer: bool, idle: str
) -> None:
    url = f"{network.url}?keepalives_count=7"
    engine = open_engine(url, writer=writer, patience=30)
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    with engine.connect() as connection:
        said = [connection.exec_driver_sql(f"SHOW {each}").scalar() for each in names]
        info = connection.connection.driver_connection.info  # type: ignore[union-attr]
        asked = info.get_parameters()
    engine.dispose()

    assert said == ["30s", idle]
    assert asked["tcp_user_timeout"] == "30000"
    assert asked["keepalives_idle"] == "10"
    assert asked["keepalives_count"] == "7"
    assert asked["connect_timeout"] == "5"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_bank_is_unavailable_while_the_network_is_lost(
    settings: Settings, clock: FrozenClock
) -> None:
    network = LossyNetwork(settings.database_url)
    lost = replace(settings, database_url=network.url, database_seconds=2)
    bank = open_bank(lost, clock)
    try:
        network.lose()
        with pytest.raises(Unavailable):
            bank.unit_of_work(lambda work: read_head(work.connection))
        network.mend()
        assert any(bank.ready() for _ in range(20))
    finally:
        bank.close()
        network.close()
