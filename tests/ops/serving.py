"""A real server in a process of its own, and clients that keep what they were told."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pds.bank.bank import open_bank
from pds.cli.demo import credentials, install
from pds.cli.demo.command import wait_until_ready
from pds.cli.demo.journey import JourneyFailed
from pds.core.clock import SystemClock
from pds.core.settings import Settings

ROOT = Path(__file__).parents[2]
COMMAND = "from pds.cli.main import main; main()"


@dataclass
class Serving:
    """A running server."""

    process: subprocess.Popen[bytes]
    base: str
    log: Path

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, wait, and return its exit code."""
        self.process.send_signal(by)
        return self.process.wait(60)

    def kill(self) -> None:
        """Let it die at once with its workers, as at a loss of power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def children(self) -> list[int]:
        """Return the ids of its worker processes."""
        number = self.process.pid
        listed = Path(f"/proc/{number}/task/{number}/children").read_text()
        return [int(each) for each in listed.split()]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[Serving]:
    """Start `infobank run` and wait until it is ready; it is gone afterwards."""
    base = environment["INFOBANK_ISSUER"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "run"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    server = Serving(process, base, log)
    try:
        wait_until_ready(base, SystemClock(), lambda: process.poll() is None)
        yield server
    except JourneyFailed as error:
        said = log.read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"{error}\n{said[-5000:]}") from error
    finally:
        if process.poll() is None:
            server.stop(signal.SIGTERM)


def found_world(environment: dict[str, str]) -> credentials.Credentials:
    """Make the demo world's accounts and recipients while no server runs."""
    settings = Settings.from_environment(environment)
    bank = open_bank(settings, SystemClock())
    try:
        return install.establish_world(bank, credentials.path_in(settings.key_dir))
    finally:
        bank.close()


def run_cli(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    """Run a command of `infobank` as an operator would."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
