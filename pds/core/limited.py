"""Connections to PostgreSQL on which nobody waits for ever.

A network that is lost closes nothing: bytes just do not come any more, and a thread
that waits for them, with the connection and its room in the pool, is gone for good. So
there are three limits, from the outside in:

- the kernel's: a peer that acknowledges nothing is given up (`tcp_user_timeout`), and
  one that is silent is asked for a sign of life (`keepalives`);
- ours: one conversation, from a statement to its answer, ends after `patience`; that
  also finds a middle box that keeps the connection and carries nothing;
- the server's: it ends a statement and a writer's idle transaction after the same time,
  so that a client that vanished does not hold rows.

A connection on which a limit was met is closed: nobody could say which answer comes
next. Whoever uses it gets `OperationalError`, as for any lost server.
"""

import select
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg import OperationalError

_CONNECT_SECONDS: Final = 5
_SIGNS_OF_LIFE: Final = {
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
"""The kernel asks after 10 seconds of silence and gives up after three more of 5."""
_SERVER_SIGNS: Final = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)


class LimitedConnection(psycopg.Connection[Any]):
    """A connection that closes itself when the server takes too long.

    Attributes:
        patience: seconds for one conversation; None for as long as it takes.
    """

    patience: float | None = None

    def wait(self, *args: Any, **named: Any) -> Any:
        """Wait as the base does, for as long as there is patience.

        Raises:
            OperationalError: the server took too long; the connection is closed.
        """
        if named.get("timeout") is not None or self.patience is None:
            return super().wait(*args, **named)
        try:
            return super().wait(*args, **{**named, "timeout": self.patience})
        except OperationalError as error:
            if error.sqlstate is None:
                # Not said by the server: it took too long, or is not there any more.
                self.pgconn.finish()
            raise


def arguments(options: str, patience: float | None, *, writer: bool) -> dict[str, Any]:
    """Return what a connection is opened with.

    Args:
        options: for the server, as libpq takes them.
        patience: seconds for one conversation; None for no such limit.
        writer: whether it may hold rows. A reader's snapshot may wait for whoever is
            sent what it gives.
    """
    found = {"connect_timeout": _CONNECT_SECONDS, **_SIGNS_OF_LIFE}
    said = f"{options} {_SERVER_SIGNS}"
    if patience is not None:
        millis = int(patience * 1000)
        found["tcp_user_timeout"] = millis
        said += f" -c statement_timeout={millis}"
        if writer:
            said += f" -c idle_in_transaction_session_timeout={millis}"
    return {**found, "options": said}


def until(driver: Any) -> float | None:
    """Return when a conversation that begins now ends; None for never."""
    patience = getattr(driver, "patience", None)
    return None if patience is None else monotonic() + patience


def flush(pgconn: Any, end: float | None) -> None:
    """Send what libpq was given; read meanwhile.

    Raises:
        OperationalError: the server is lost, or took too long.
    """
    while pgconn.flush():
        # A server that cannot send does not read either.
        if _wait(pgconn, select.POLLIN | select.POLLOUT, end) & ~select.POLLOUT:
            pgconn.consume_input()


def next_result(pgconn: Any, end: float | None) -> Any:
    """Wait for the next result and return it; None behind the last of a statement.

    Raises:
        OperationalError: as `flush` does.
    """
    while pgconn.is_busy():
        _wait(pgconn, select.POLLIN, end)
        pgconn.consume_input()
    return pgconn.get_result()


def only_result(driver: Any) -> Any:
    """Send what libpq was given, and return its one result.

    Raises:
        OperationalError: as `flush` does.
    """
    pgconn, end = driver.pgconn, until(driver)
    flush(pgconn, end)
    result = next_result(pgconn, end)
    while next_result(pgconn, end) is not None:
        pass
    return result


def _wait(pgconn: Any, states: int, end: float | None) -> int:
    """Wait until the server can be read or written to; say which."""
    socket = select.poll()
    socket.register(pgconn.socket, states)
    left = None if end is None else max(0.0, end - monotonic()) * 1000
    for _file, found in socket.poll(left):
        return found
    raise OperationalError("The server takes too long.")
