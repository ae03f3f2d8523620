"""`infobank run` and `infobank worker`: the processes that serve."""

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces

from pds.bank.bank import Bank
from pds.bank.board_texts import register_texts
from pds.bank.chores import by_thread
from pds.bank.housekeeping import Housekeeping
from pds.bank.schema import upgrade
from pds.cli.demo.command import prepare_demo
from pds.cli.opening import opened_bank
from pds.core.environment import SettingsError
from pds.core.settings import Settings
from pds.oversight import board_report

_THREADS = 16
"""Requests in work at once per process; most of them wait for the same commit."""

_LAST_SECONDS = 30
"""What was asked before the stop may take this long; then the worker is killed."""


@click.command("run")
def run_command() -> None:
    """Start the service and stay up until it is told to stop."""
    settings = Settings.from_environment(os.environ)
    _refuse_taken(settings)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(settings.database_url)
    afterwards: Callable[[], None] | None = None
    with opened_bank() as bank:
        # Opening once here makes keys and refuses a bad set-up before anyone connects.
        register_texts(bank)
        if settings.demo:
            afterwards = prepare_demo(bank)
        say_undecided(bank)
    if afterwards is not None:
        threading.Thread(target=afterwards, name="demo", daemon=True).start()
    with shared_numbers(settings):
        server(settings).serve()


def say_undecided(bank: Bank) -> None:
    """Say loudly if something is live without the board's decision (G-05)."""
    with bank.read() as snap:
        count = len(board_report.undecided(snap))
    if count:
        click.echo(
            f"Attention: {count} live things have no decision of the ethics board in "
            "force, so what rests on them is refused. `infobank board report` lists "
            "them; the board decides at /board.",
            err=True,
        )


@contextmanager
def shared_numbers(settings: Settings) -> Iterator[None]:
    """Give several workers one folder, in which each keeps what it counts.

    Each then answers `/metrics` for all. The folder has to be named before a worker
    loads the library, and begins empty: numbers of dead processes are nobody's.
    """
    if settings.workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="infobank-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _refuse_taken(settings: Settings) -> None:
    """Say that the address is taken; the server itself would wait without a word.

    Raises:
        SettingsError: something else listens there, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # A connection of the last run that is still closing must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            address = f"{settings.host}:{settings.port}"
            raise SettingsError(
                f"Nothing can listen at {address}: {error.strerror}. Stop what does, or"
                " set INFOBANK_PORT."
            ) from error


@click.command("worker")
def worker_command() -> None:
    """Do the chores that come due with time, beside servers on the same database."""
    with opened_bank() as bank:
        threads = [Housekeeping(bank, each) for each in by_thread()]
        for thread in threads:
            thread.start()
        with suppress(KeyboardInterrupt):
            signal.sigwait({signal.SIGTERM, signal.SIGINT})
        for thread in threads:
            thread.stop()


def server(settings: Settings, target: str = "wsgi:app") -> Any:
    """Return the server that loads the application in its worker processes."""
    return Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=_THREADS,
        workers_kill_timeout=_LAST_SECONDS,
        websockets=False,
        log_enabled=False,
    )
