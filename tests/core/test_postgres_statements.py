"""Prepared statements on PostgreSQL: values, errors, transactions, broken servers."""

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import CharacterNotInRepertoire, DivisionByZero, UniqueViolation
from sqlalchemy import Connection, Text, bindparam, select, text
from sqlalchemy.exc import DBAPIError

from pds.core import limited, postgres
from pds.core.database import Prepared, open_engine
from pds.core.postgres import Statement, written

ADD = written("INSERT INTO shelf (no, name) VALUES ($1, $2)", "no", "name")
ALL = written("SELECT no, name FROM shelf ORDER BY no")
FAIL = written("SELECT 1 / $1::int8", "by")


@pytest.fixture(scope="module")
def server(postgres_server: str) -> Iterator[Connection]:
    engine = open_engine(postgres_server, writer=True)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TEMPORARY TABLE shelf (no int4 PRIMARY KEY, name text NOT NULL)"
        )
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture
def connection(server: Connection) -> Iterator[Connection]:
    server.begin()
    yield server
    server.rollback()
    server.exec_driver_sql("TRUNCATE shelf")
    server.commit()


def begin_anew(connection: Connection) -> None:
    """Roll back; SQLAlchemy only does so where it was told of a transaction."""
    connection.rollback()
    connection.begin()


def rows(connection: Connection) -> list[tuple[int, str]]:
    found = connection.execute(text("SELECT no, name FROM shelf ORDER BY no"))
    return [(row.no, row.name) for row in found]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    data=st.binary(),
    word=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    number=st.integers(-(2**63), 2**63 - 1),
    many=st.lists(st.binary(), min_size=1),
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
)
def test_values_come_back_as_they_went(
    connection: Connection,
    data: bytes,
    word: str,
    number: int,
    many: list[bytes],
    numbers: list[int],
) -> None:
    echo = written(
        "SELECT $1::bytea, $2::text, $3::int8, $4::bytea[], $5::int8[], $6::int4",
        *("data", "word", "number", "many", "numbers", "none"),
    )
    given = {
        "data": data,
        "word": word,
        "number": number,
        "many": many,
        "numbers": numbers,
        "none": None,
    }

    [row] = postgres.run(connection, echo, given).fetchall()

    assert dict(zip(given, row, strict=True)) == given


def test_a_text_with_a_nul_is_refused_and_not_cut(connection: Connection) -> None:
    with pytest.raises(CharacterNotInRepertoire):
        postgres.run(connection, ADD, {"no": 1, "name": "bank\0other"})


def test_a_core_statement_is_compiled_for_the_server(connection: Connection) -> None:
    word = bindparam("word", type_=Text)
    prepared = Prepared(select(word + bindparam("end", type_=Text), word))

    assert prepared.one(connection, word="y", end="z") == ("yz", "y")


def test_statements_go_out_together_in_their_order(connection: Connection) -> None:
    steps: list[tuple[Statement, dict[str, object]]] = [
        (ADD, {"no": 1, "name": "a"}),
        (ADD, {"no": 2, "name": "b"}),
        (ALL, {}),
    ]

    added, again, found = postgres.together(connection, steps)

    assert (added.rowcount, again.rowcount, found.rowcount) == (1, 1, 2)
    assert found.rows == [(1, "a"), (2, "b")]
    assert added.fetchone() is None


def test_psycopg_goes_on_in_the_same_transaction(connection: Connection) -> None:
    postgres.run(connection, ADD, {"no": 1, "name": "a"})
    assert rows(connection) == [(1, "a")]
    begin_anew(connection)
    assert rows(connection) == []

    assert postgres.run(connection, ADD, {"no": 2, "name": "b"}).rowcount == 1
    connection.commit()
    assert rows(connection) == [(2, "b")]


def test_a_commit_is_sent_with_what_it_commits(connection: Connection) -> None:
    sent = postgres.commit(connection, [(ADD, {"no": 1, "name": "a"})])
    assert sent.answers()[0].rowcount == 1
    begin_anew(connection)

    assert rows(connection) == [(1, "a")]


def test_what_fails_commits_nothing(connection: Connection) -> None:
    steps: list[tuple[Statement, dict[str, object]]] = [
        (ADD, {"no": 1, "name": "a"}),
        (ADD, {"no": 1, "name": "again"}),
        (ADD, {"no": 2, "name": "b"}),
    ]
    sent = postgres.commit(connection, steps)
    with pytest.raises(UniqueViolation):
        sent.answers()
    begin_anew(connection)

    assert rows(connection) == []


def test_a_failed_statement_ends_the_transaction_and_no_more(
    connection: Connection,
) -> None:
    postgres.run(connection, ADD, {"no": 1, "name": "a"})
    with pytest.raises(DivisionByZero):
        postgres.run(connection, FAIL, {"by": 0})
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        postgres.run(connection, ALL, {})
    begin_anew(connection)

    # What was prepared before still is, whatever was rolled back.
    for _ in range(8):
        assert postgres.run(connection, FAIL, {"by": 1}).rows == [(1,)]
        rows(connection)
        begin_anew(connection)


def test_more_than_fits_between_the_two_goes_through(connection: Connection) -> None:
    echo = written("SELECT $1::text", "word")
    words = ["あ" * 400_000, "b" * 900_000]

    found = postgres.together(connection, [(echo, {"word": word}) for word in words])

    assert [each.rows for each in found] == [[(word,)] for word in words]


@pytest.mark.parametrize("begun", [False, True])
def test_a_lost_server_is_an_operational_error(
    postgres_server: str, begun: bool
) -> None:
    engine = open_engine(postgres_server, writer=True)
    with engine.connect() as connection, engine.connect() as other:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        if not begun:
            connection.rollback()
        ended = text("SELECT pg_terminate_backend(:pid, 5000)")
        assert other.execute(ended, {"pid": pid}).scalar()

        for _ in range(2):
            with pytest.raises(psycopg.OperationalError):
                postgres.run(connection, FAIL, {"by": 1})
        with suppress(DBAPIError):
            connection.rollback()
    engine.dispose()


def test_what_breaks_off_closes_the_connection(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgres_server, writer=True)

    def interrupted(*_given: object) -> int:
        raise KeyboardInterrupt

    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        monkeypatch.setattr(limited, "_wait", interrupted)
        slow = written("SELECT pg_sleep(0.2)")
        with pytest.raises(KeyboardInterrupt):
            postgres.run(connection, slow, {})
        assert isinstance(driver, psycopg.Connection)
        assert driver.closed
    engine.dispose()
