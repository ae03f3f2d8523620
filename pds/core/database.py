"""The database base: one metadata, column types, engines, prepared statements.

All tables are SQLAlchemy Core `Table`s in the `metadata` of this module; there is
no ORM. Moments are stored as Unix milliseconds (BIGINT) and ids as 16 bytes, so that
both databases hold the same values and nothing is lost in a time zone.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Dialect,
    Engine,
    LargeBinary,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeDecorator

from pds.core import limited, postgres
from pds.core.clock import from_millis, to_millis

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as Unix milliseconds; naive values are refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> int | None:
        """Store milliseconds."""
        del dialect
        return None if value is None else to_millis(value)

    def process_result_value(
        self, value: int | None, dialect: Dialect
    ) -> datetime | None:
        """Give back an aware moment."""
        del dialect
        return None if value is None else from_millis(value)


class Uuid(TypeDecorator[UUID]):
    """A UUID, stored as its 16 bytes."""

    impl = LargeBinary(16)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:
        """Store 16 bytes."""
        del dialect
        return None if value is None else value.bytes

    def process_result_value(
        self, value: bytes | None, dialect: Dialect
    ) -> UUID | None:
        """Give back a UUID."""
        del dialect
        return None if value is None else UUID(bytes=bytes(value))


class Snapshot(Protocol):
    """A connection on one consistent state, and the moment that it stands for."""

    @property
    def connection(self) -> Connection:
        """The SQLAlchemy connection."""
        ...

    @property
    def now(self) -> datetime:
        """The moment of this unit of work or read, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Bound:
    """A compiled statement with its values, as one kind of driver takes them."""

    sql: str
    values: Any


class Prepared:
    """A Core statement compiled once per dialect and run by the driver itself.

    Skips SQLAlchemy's result and type machinery (about 20 µs a statement), so values
    go in and out as the driver knows them: bytes for ids, integers for moments.
    Parameters are named by `bindparam`.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[str] | None]] = {}

    @cached_property
    def on_postgres(self) -> postgres.Statement:
        """What PostgreSQL gets."""
        return postgres.compiled(self._statement)

    def _for(self, connection: Connection) -> tuple[str, list[str] | None]:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self._statement.compile(dialect=dialect)
            found = (str(compiled), getattr(compiled, "positiontup", None))
            self._compiled[dialect.name] = found
        return found

    def run(self, connection: Connection, **values: Any) -> Any:
        """Execute and return what has `rowcount`, `fetchone()` and `fetchall()`."""
        if not is_sqlite(connection):
            return postgres.run(connection, self.on_postgres, values)
        sql, positions = self._for(connection)
        parameters: Any = [values[p] for p in positions] if positions else values
        driver: Any = connection.connection.driver_connection
        return driver.execute(sql, parameters)

    def bound(self, connection: Connection, **values: Any) -> "Bound":
        """Return the statement with its values, to be run later on such a database."""
        sql, positions = self._for(connection)
        return Bound(sql, [values[p] for p in positions] if positions else values)

    def many(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Execute once for each row on SQLite; return how many rows changed.

        Args:
            connection: to SQLite.
            rows: values in the order in which the statement names its parameters.
        """
        driver: Any = connection.connection.driver_connection
        return int(driver.executemany(self._for(connection)[0], rows).rowcount)

    def one(self, connection: Connection, **values: Any) -> Any:
        """Execute and return the first row as a tuple, or None."""
        return self.run(connection, **values).fetchone()

    def all(self, connection: Connection, **values: Any) -> list[Any]:
        """Execute and return all rows as tuples."""
        rows: list[Any] = self.run(connection, **values).fetchall()
        return rows


def is_sqlite(connection: Connection) -> bool:
    """Say whether this connection speaks to SQLite."""
    return connection.dialect.name == "sqlite"


_READ_PRAGMAS = ("foreign_keys=ON", "query_only=ON", "busy_timeout=2000")
_WRITE_PRAGMAS = (
    # Another process that is just closing the file may hold it for a moment.
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "busy_timeout=0",
)


_READ_OPTIONS = (
    r"-c default_transaction_isolation=repeatable\ read"
    " -c default_transaction_read_only=on"
)


_WRITE_OPTIONS = "-c lock_timeout=3s"
"""Whoever waits longer for a row is told so: its moment and its facts grow old."""


_MOST_CONNECTIONS = 66
"""Connections to PostgreSQL; each stays open, since making one costs as much as fifty
small transactions."""

_POOL_SECONDS = 3.0
"""How long somebody waits for one of them."""


def open_engine(
    url: str, *, writer: bool, max_page_count: int = 0, patience: float | None = None
) -> Engine:
    """Open an engine for units of work, or for reads of one consistent state.

    On SQLite a writer's connection has WAL, FULL and secure_delete set, a reader's is
    query-only, and neither begins or commits by itself. On PostgreSQL a reader's
    transactions are read-only and repeatable.

    Args:
        url: SQLAlchemy URL.
        writer: whether units of work run on it.
        max_page_count: most pages that SQLite's file may have; 0 leaves it open.
        patience: seconds within which PostgreSQL has to answer a statement; see
            `pds.core.limited`.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        limit = (f"max_page_count={max_page_count}",) if max_page_count else ()
        pragmas = _WRITE_PRAGMAS + limit if writer else _READ_PRAGMAS
        return _open_sqlite(url, pragmas, size=1 if writer else 100)
    return _open_postgres(address, patience, writer=writer)


def _open_postgres(address: URL, patience: float | None, *, writer: bool) -> Engine:
    options = _WRITE_OPTIONS if writer else _READ_OPTIONS
    limits = limited.arguments(options, patience, writer=writer)
    # What the operator says in the address goes before, but for what we rest on.
    own = {k: v for k, v in limits.items() if k == "options" or k not in address.query}

    def connect() -> limited.LimitedConnection:
        places, named = engine.dialect.create_connect_args(address)
        # See `pds.core.postgres`: psycopg prepares nothing by itself.
        named = {**named, **own, "prepare_threshold": None}
        connection = limited.LimitedConnection.connect(*places, **named)
        connection.patience = patience
        return connection

    engine = create_engine(
        address,
        creator=connect,
        pool_size=_MOST_CONNECTIONS,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
    )
    return engine


def _open_sqlite(url: str, pragmas: Sequence[str], *, size: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 0},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        # We say BEGIN ourselves: sqlite3's own would be deferred and would come late.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def read_snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection on one consistent read-only state."""
    with engine.connect() as connection:
        connection.begin()
        if is_sqlite(connection):
            connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()
