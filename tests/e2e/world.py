"""The real service with the demo world: `infobank run` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pds.cli.demo import credentials as credentials_file
from pds.cli.demo.command import wait_until_ready
from pds.cli.demo.credentials import Credentials
from pds.core.clock import SystemClock

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
"""Seconds in which the demo world must have deposited everything."""

_PAUSE = 0.1
_COMMAND = "from pds.cli.main import main; main()"


@dataclass(frozen=True)
class World:
    """A running service: where it is, who is in it, what it writes."""

    issuer: str
    folder: Path

    @property
    def credentials(self) -> Credentials:
        """Logins and client keys of the demo world."""
        return credentials_file.read(self.folder / "demo" / credentials_file.FILE_NAME)

    def environment(self) -> dict[str, str]:
        """Return the settings; nothing of the caller's own reaches the service."""
        port = self.issuer.rpartition(":")[2]
        plain = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
        return {
            **plain,
            "INFOBANK_DATA_DIR": str(self.folder / "data"),
            "INFOBANK_KEY_DIR": str(self.folder / "keys"),
            "INFOBANK_PORT": port,
            "INFOBANK_DEMO": "1",
        }


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(folder: Path, more: Mapping[str, str] | None = None) -> Iterator[World]:
    """Run the service until the block ends; it begins when all data is there."""
    world = World(f"http://localhost:{free_port()}", folder)
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, "run"],
            cwd=ROOT,
            env={**world.environment(), **(more or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(world, lambda: process.poll() is None, log)
        yield world
    finally:
        process.terminate()
        process.wait(30)


def _wait(world: World, is_alive: Callable[[], bool], log: Path) -> None:
    """Wait for the last line of the first start, which names where passwords lie."""
    clock = SystemClock()
    wait_until_ready(world.issuer, clock, is_alive)
    until = clock.monotonic() + PATIENCE
    while "Stop with Ctrl+C" not in log.read_text(encoding="utf-8"):
        said = log.read_text(encoding="utf-8")
        assert is_alive(), said
        assert clock.monotonic() < until, said
        time.sleep(_PAUSE)
