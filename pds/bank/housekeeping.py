"""Chores that come due with time: expiry, sweeps, tallies.

One thread per server process. Every chore is an idempotent unit of work, so that two
processes that do it at once do no harm, and a chore that fails is tried at its next
turn; the failure is logged and stops no other chore.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pds.bank.bank import Bank
from pds.bank.one_by_one import note_failure
from pds.core.logging import describe

log = structlog.get_logger()


@dataclass
class Chore:
    """Something to do every so often."""

    name: str
    every: timedelta
    act: Callable[[Bank], object]
    next_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Say whether it is to be done now; at once after a clock that ran ahead."""
        if self.next_at is None:
            return True
        return not timedelta(0) < self.next_at - now <= self.every


class Housekeeping:
    """Runs chores when their time has come."""

    def __init__(self, bank: Bank, chores: Sequence[Chore]) -> None:
        self._bank = bank
        self._chores = chores
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, name="housekeeping", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the chore in hand and end."""
        self._stopped.set()
        self._thread.join()

    def turn(self) -> None:
        """Do every chore that is due now."""
        now = self._bank.clock.now()
        for chore in self._chores:
            if chore.is_due(now):
                chore.next_at = now + chore.every
                self._do(chore)

    def _serve(self) -> None:
        while not self._stopped.wait(1.0):
            self.turn()

    def _do(self, chore: Chore) -> None:
        try:
            chore.act(self._bank)
            self._bank.chores_done[chore.name] = self._bank.clock.now()
        except Exception as error:  # noqa: BLE001 - a chore must not end the others
            note_failure(self._bank, chore.name)
            log.warning("chore failed", kind=chore.name, **describe(error))
