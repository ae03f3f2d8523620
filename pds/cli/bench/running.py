"""Server processes on free ports of the loopback address, for the time of a measure."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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


FIRST_START = ("-c", "from pds.cli.main import main; main()", "run")
"""The command `infobank run`, which makes what is missing before it serves."""


def serving(target: str) -> Sequence[str]:
    """Return the command that serves an application; its module and its name."""
    return ("-m", "pds.cli.bench.serve", target)


@contextmanager
def running(
    command: Sequence[str], settings: Mapping[str, str], port: int, path: str
) -> Iterator[None]:
    """Run a server until the block ends.

    Args:
        command: what follows the interpreter; `serving` and `FIRST_START` make it.
        settings: its `INFOBANK_*` variables; those around are not passed on.
        port: where it listens.
        path: an address that answers once it is up.

    Raises:
        TimeoutError: it did not come up.
    """
    around = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
    own = {"INFOBANK_HOST": HOST, "INFOBANK_PORT": str(port)}
    process = subprocess.Popen(  # noqa: S603 - our own module, by this interpreter
        [sys.executable, *command],
        env={**around, **settings, **own},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port, path))
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


def wait_until(is_up: Callable[[], bool]) -> None:
    """Wait for something that happens within a minute.

    Raises:
        TimeoutError: it did not.
    """
    for _ in range(int(_MOST_SECONDS / _PAUSE)):
        if is_up():
            return
        sleep(_PAUSE)
    raise TimeoutError("A server did not come up.")
