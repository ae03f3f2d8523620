"""Server processes on free ports of the loopback address, for the time of a measure."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from time import sleep

HOST = "127.0.0.1"
_MOST_SECONDS = 60
_PAUSE = 0.1


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    target: str, settings: Mapping[str, str], port: int, path: str
) -> Iterator[None]:
    """Run a server until the block ends.

    Args:
        target: module and name of the application.
        settings: its `INFOBANK_*` variables; those around are not passed on.
        port: where it listens.
        path: an address that answers once it is up.

    Raises:
        TimeoutError: it did not come up.
    """
    around = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
    own = {"INFOBANK_HOST": HOST, "INFOBANK_PORT": str(port)}
    process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
        [sys.executable, "-m", "pds.cli.bench.serve", target],
        env={**around, **settings, **own},
    )
    try:
        _await(lambda: answers(port, path))
        yield
    finally:
        process.terminate()
        process.wait(_MOST_SECONDS)


def answers(port: int, path: str) -> bool:
    """Say whether a server answers there at all."""
    connection = HTTPConnection(HOST, port, timeout=5)
    with suppress(OSError, HTTPException), closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status < 500  # noqa: PLR2004 - HTTP
    return False


def _await(is_up: Callable[[], bool]) -> None:
    for _ in range(int(_MOST_SECONDS / _PAUSE)):
        if is_up():
            return
        sleep(_PAUSE)
    raise TimeoutError("A server did not come up.")
