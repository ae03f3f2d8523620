"""The real service with the demo world: `infobank run` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
    """A service with the demo world: where it is, and where it writes."""

    issuer: str
    folder: Path

    @property
    def credentials(self) -> Credentials:
        """Logins and client keys of the demo world."""
        return credentials_file.read(self.folder / "demo" / credentials_file.FILE_NAME)

    def environment(self) -> dict[str, str]:
        """Return the settings; nothing of the caller's own reaches the service.

        One reverse proxy is trusted, so that each window may come from an address of
        its own and the rate limits of one address never meet the whole suite.
        """
        port = self.issuer.rpartition(":")[2]
        plain = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
        return {
            **plain,
            "INFOBANK_DATA_DIR": str(self.folder / "data"),
            "INFOBANK_KEY_DIR": str(self.folder / "keys"),
            "INFOBANK_PORT": port,
            "INFOBANK_TRUSTED_PROXIES": "1",
            "INFOBANK_DEMO": "1",
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the service until the block ends; it begins when all data is there."""
        log = self.folder / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, "run"],
                cwd=ROOT,
                env=self.environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait(self, lambda: process.poll() is None, log)
            yield
        finally:
            process.terminate()
            process.wait(30)


def in_folder(folder: Path) -> World:
    """Return a service that writes there and listens where nothing listens now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return World(f"http://localhost:{free.getsockname()[1]}", folder)


def _wait(world: World, is_alive: Callable[[], bool], log: Path) -> None:
    """Wait for the last line of the first start, which says how to stop it."""
    clock = SystemClock()
    wait_until_ready(world.issuer, clock, is_alive)
    until = clock.monotonic() + PATIENCE
    while "Stop with Ctrl+C" not in (said := log.read_text(encoding="utf-8")):
        assert is_alive(), said
        assert "Traceback" not in said, said
        assert clock.monotonic() < until, said
        time.sleep(_PAUSE)
