"""A process that writes to the log until it kills itself at a named step.

Run as `python -m tests.bank.dying STEP MOMENT NUMBER`: STEP is a function of the bank,
MOMENT `before` or `after` it runs, NUMBER how many of its calls go well. Each receipt
that was handed out is printed as a line `receipt HEX` before the next entry is written.
"""

import os
import signal
import sys
import threading
from functools import wraps
from importlib import import_module
from typing import Any

from audit import receipt
from audit.entry import Entry
from audit.leaf import EventType
from pds.bank import publisher
from pds.bank.bank import Bank, open_bank
from pds.core.clock import SystemClock
from pds.core.settings import Settings

_OUT = threading.Lock()


def die_at(step: str, moment: str, number: int) -> None:
    """Put the kill around a function named `module:attribute.attribute`."""
    module, _colon, path = step.partition(":")
    *owners, name = path.split(".")
    holder: Any = import_module(module)
    for each in owners:
        holder = getattr(holder, each)
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
    """Write entries, and say of each what its client would hold."""
    entry = Entry(type=EventType.POLICY_EVENT, detail={"reasons": "test.act"})
    while True:
        done = bank.recorded(lambda work: work.log.record(entry))
        assert done.integration is not None
        proof = done.integration.proof(done.result)
        held = receipt.build(done.result, done.integration.checkpoint, proof, ["i"])
        with _OUT:
            sys.stdout.write(f"receipt {held.hex()}\n")
            sys.stdout.flush()


def main(step: str, moment: str, number: str) -> None:
    """Open the bank of the environment and write with four threads until the end."""
    # Publishing is a step too: with each batch, not once a second.
    publisher._SECONDS_BETWEEN = 0.0
    bank = open_bank(Settings.from_environment(os.environ), SystemClock())
    die_at(step, moment, int(number))
    threads = [threading.Thread(target=write_for_ever, args=(bank,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
