"""Prepared statements on PostgreSQL, spoken with libpq itself.

psycopg makes a cursor, an adapter and a generator for each statement: five times the
work of the statement. What is hot is prepared once for each connection instead, run by
its name, and several statements that do not need each other's answers go out together
(libpq's pipeline mode), so that one wait serves all of them.

A transaction that has not begun yet begins with its first statement. psycopg sees what
libpq sees, so its own statements, COMMIT and ROLLBACK may stand between ours.

Values are bytes, text, integers, None, and lists of bytes or of integers. What breaks
off in the middle of a conversation closes the connection: nobody could say which answer
comes next.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from psycopg import OperationalError, adapt, errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.elements import ClauseElement

from pds.core import limited

_PREPARED = "infobank.prepared"
_BINARY, _TEXT = 1, 0
_BYTES, _NUMBER = 17, 20
"""What the elements of an array are (`bytea`, `int8`), as `pg_type` numbers them."""

_NOTHING: dict[str, Any] = {}
_DONE = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})
_DIALECT: Dialect = PGDialect_psycopg(  # type: ignore[no-untyped-call]
    paramstyle="numeric_dollar"
)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the server gets it.

    Attributes:
        name: what it is prepared under; the same for the same text.
        sql: its text, with `$1`, `$2`, … for the values.
        places: the name of each value, in this order.
    """

    name: bytes
    sql: bytes
    places: tuple[str, ...]


Step = tuple[Statement, Values]
"""A statement and its values."""

_Packed = tuple[bytes, list[bytes | None], list[int]]
"""A statement's name, its values as they are sent, and which of them are binary."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave.

    Attributes:
        rows: its rows as tuples.
        rowcount: how many rows it gave or changed.
    """

    rows: list[tuple[Any, ...]]
    rowcount: int

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the first row."""
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self.rows


def compiled(statement: ClauseElement) -> Statement:
    """Return a Core statement as the server gets it."""
    found = statement.compile(dialect=_DIALECT)
    return written(str(found), *(found.positiontup or ()))  # type: ignore[attr-defined]


def written(sql: str, *places: str) -> Statement:
    """Return a statement from its text and the names of its values."""
    text = sql.encode()
    return Statement(b"ib_" + sha256(text).hexdigest()[:24].encode(), text, places)


_BEGIN, _COMMIT = written("BEGIN"), written("COMMIT")


def run(connection: Connection, statement: Statement, values: Values) -> Answer:
    """Execute one statement.

    Raises:
        psycopg.Error: as psycopg would raise it.
    """
    driver = _prepared(connection, [statement])
    if _is_idle(driver):
        return together(connection, [(statement, values)])[0]
    given, formats = _given(statement, values)
    with _broken_off_closes(driver):
        driver.pgconn.send_query_prepared(statement.name, given, formats, _BINARY)
        result = limited.only_result(driver)
    return _answer(driver, result)


def together(connection: Connection, steps: Sequence[Step]) -> list[Answer]:
    """Execute statements one after another, and wait once for all of them.

    Args:
        connection: its transaction is begun if it has none.
        steps: statements with their values; none needs another one's answer.

    Raises:
        psycopg.Error: of the first that failed; none behind it was executed.
    """
    return send(connection, steps).answers()


def commit(connection: Connection, steps: Sequence[Step] = ()) -> "Sent":
    """Send statements and the commit of their transaction; wait for nothing.

    What fails of it shows when the answers are read; they have to be, before the
    connection can be used again.
    """
    return send(connection, [*steps, (_COMMIT, {})])


def send(connection: Connection, steps: Sequence[Step]) -> "Sent":
    """Send statements; as `together`, but whoever sent reads the answers later."""
    begins = _is_idle(connection.connection.driver_connection)
    every = [(_BEGIN, _NOTHING), *steps] if begins else steps
    packed = [(each.name, *_given(each, values)) for each, values in every]
    driver = _prepared(connection, [statement for statement, _values in every])
    with _broken_off_closes(driver):
        _send(driver, packed)
    return Sent(driver, first=int(begins))


class Sent:
    """Statements under way on a connection, which does nothing else meanwhile."""

    __slots__ = ("_driver", "_first")

    def __init__(self, driver: Any, first: int) -> None:
        self._driver, self._first = driver, first

    def answers(self) -> list[Answer]:
        """Wait for the answers and return them; call it once.

        Raises:
            psycopg.Error: of the first statement that failed; none behind it was
                executed.
        """
        driver = self._driver
        with _broken_off_closes(driver):
            results = _receive(driver)
        return [_answer(driver, each) for each in results][self._first :]


def _is_idle(driver: Any) -> bool:
    return bool(driver.pgconn.transaction_status == TransactionStatus.IDLE)


def _prepared(connection: Connection, statements: Iterable[Statement]) -> Any:
    """Return the driver's connection, on which these statements are prepared."""
    pooled = connection.connection
    driver: Any = pooled.driver_connection
    known = pooled.info.get(_PREPARED)
    if known is None:
        # After a rollback psycopg forgets what it prepared by DEALLOCATE ALL, and
        # ours would go with it; so it prepares nothing here.
        driver.prepare_threshold = None
        known = pooled.info[_PREPARED] = set()
    for each in statements:
        if each.name not in known:
            with _broken_off_closes(driver):
                driver.pgconn.send_prepare(each.name, each.sql)
                result = limited.only_result(driver)
            _answer(driver, result)
            known.add(each.name)
    return driver


def _send(driver: Any, packed: Iterable[_Packed]) -> None:
    pgconn = driver.pgconn
    pgconn.enter_pipeline_mode()
    for name, given, formats in packed:
        pgconn.send_query_prepared(name, given, formats, _BINARY)
    pgconn.pipeline_sync()
    limited.flush(pgconn, limited.until(driver))


def _receive(driver: Any) -> list[Any]:
    """Return the result of each step."""
    pgconn, until = driver.pgconn, limited.until(driver)
    results: list[Any] = []
    while True:
        result = limited.next_result(pgconn, until)
        if result is None:
            # Behind the result of each step stands a mark of its end.
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            pgconn.exit_pipeline_mode()
            return results
        results.append(result)


@contextmanager
def _broken_off_closes(driver: Any) -> Iterator[None]:
    try:
        yield
    except BaseException:
        driver.pgconn.finish()
        raise


def _answer(driver: Any, result: Any) -> Answer:
    if result.status not in _DONE:
        if driver.pgconn.status == ConnStatus.BAD:
            raise OperationalError("The connection is lost.")
        raise errors.error_from_result(result)
    if result.status == ExecStatus.COMMAND_OK:
        return Answer([], result.command_tuples or 0)
    reader = adapt.Transformer(driver)
    reader.set_pgresult(result)
    return Answer(reader.load_rows(0, result.ntuples, tuple), result.ntuples)


def _given(
    statement: Statement, values: Values
) -> tuple[list[bytes | None], list[int]]:
    """Return the values in their order, and which of them are binary."""
    pairs = [_written(values[place]) for place in statement.places]
    return [value for value, _format in pairs], [form for _value, form in pairs]


def _written(value: Any) -> tuple[bytes | None, int]:
    if value is None:
        return None, _BINARY
    if isinstance(value, bytes):
        return value, _BINARY
    if isinstance(value, str):
        # Binary too: a text ends at a NUL, and would be another one then.
        return value.encode(), _BINARY
    if isinstance(value, list):
        return _array(value), _BINARY
    return str(int(value)).encode(), _TEXT


def _array(values: Sequence[bytes] | Sequence[int]) -> bytes:
    """Return the binary form of a one-dimensional array without NULL."""
    is_bytes = bool(values) and isinstance(values[0], bytes)
    parts = [
        struct.pack("!iiiii", 1, 0, _BYTES if is_bytes else _NUMBER, len(values), 1)
    ]
    for each in values:
        part = each if isinstance(each, bytes) else struct.pack("!q", each)
        parts += (struct.pack("!i", len(part)), part)
    return b"".join(parts)
