"""Processes that write to the log until they kill themselves at a named step.

`python -m tests.bank.dying` loads the bank once, opens none, and forks a process for
each death that it is asked for by a line of JSON; it answers with how that one ended.
Each receipt that was handed out stands in the death's file as a line `receipt HEX`
before the next entry is written.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import wraps
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg  # noqa: F401 - loaded here once, not in each process that dies

from audit import receipt
from pds.bank import publisher
from pds.bank.bank import Bank, open_bank
from pds.core.clock import SystemClock
from pds.core.settings import Settings
from tests.bank.lightly import declining, record, record_light

_OUT = threading.Lock()
_ROOT = Path(__file__).parents[2]
_SECONDS_TO_DIE = 60


@dataclass(frozen=True)
class Death:
    """Whose bank is written to, and where that ends.

    `step` is a function of the bank, `moment` is `before` or `after` it runs, `number`
    says how many of its calls go well, `said` is the file of what was handed out, and
    `task` is a function that works with the bank until then.
    """

    environment: dict[str, str]
    step: str
    moment: str
    number: int
    said: str
    task: str = "tests.bank.dying:write_in_threads"


def environment_of(settings: Settings) -> dict[str, str]:
    """Return what a process is told that writes to the bank of these settings."""
    return {
        "INFOBANK_DATA_DIR": str(settings.data_dir),
        "INFOBANK_KEY_DIR": str(settings.key_dir),
        "INFOBANK_DATABASE_URL": settings.database_url,
    }


class Deaths:
    """The process that forks the dying ones."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def die(self, death: Death) -> int:
        """Let a process write until it dies; return its code, or minus its signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(death)), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@contextmanager
def deaths() -> Iterator[Deaths]:
    """Start the process that forks; it ends when nothing more is asked of it."""
    command = [sys.executable, "-m", "tests.bank.dying"]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("INFOBANK_")}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=_ROOT, env=plain, stdin=pipe, stdout=pipe, text=True
    ) as process:
        yield Deaths(process)


def found(named: str) -> tuple[Any, str]:
    """Return what holds the last attribute of `module:attribute.attribute`."""
    module, _colon, path = named.partition(":")
    *owners, name = path.split(".")
    holder: Any = import_module(module)
    for each in owners:
        holder = getattr(holder, each)
    return holder, name


def die_at(step: str, moment: str, number: int) -> None:
    """Put the kill around a function named `module:attribute.attribute`."""
    holder, name = found(step)
    original = getattr(holder, name)
    left = [number]

    @wraps(original)
    def dying(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0 and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*given, **named)
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, dying)


def write_for_ever(bank: Bank) -> None:
    """Write entries, and say of each what its client would hold.

    In turns by an ordinary act and by a light one, where there are such.
    """
    for light in cycle((declining, record_light)):
        done = record(bank, light=light)
        assert done.integration is not None
        proof = done.integration.proof(done.result)
        held = receipt.build(done.result, done.integration.checkpoint, proof, ["i"])
        with _OUT:
            sys.stdout.write(f"receipt {held.hex()}\n")
            sys.stdout.flush()


def write_in_threads(bank: Bank) -> None:
    """Write with four threads."""
    threads = [threading.Thread(target=write_for_ever, args=(bank,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def work_until_death(death: Death) -> None:
    """Open the bank and work with it until the end."""
    # Publishing is a step too: with each batch, not once a second.
    publisher._SECONDS_BETWEEN = 0.0
    bank = open_bank(Settings.from_environment(death.environment), SystemClock())
    die_at(death.step, death.moment, death.number)
    holder, name = found(death.task)
    getattr(holder, name)(bank)


def forked(death: Death) -> int:
    """Write in a process of its own; return how that one ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        signal.alarm(_SECONDS_TO_DIE)
        with Path(death.said).open("wb") as said:
            os.dup2(said.fileno(), sys.stdout.fileno())
        work_until_death(death)
    except BaseException:  # noqa: BLE001 - whatever it is, only the parent may go on
        traceback.print_exc()
    os._exit(1)


def main() -> None:
    """Fork as often as asked, with nothing open that two processes could share."""
    for line in sys.stdin:
        sys.stdout.write(f"{forked(Death(**json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
