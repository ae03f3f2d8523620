"""Waits until a bank has published what its log holds."""

from time import monotonic, sleep

from audit import store
from audit.head import read_head
from audit.store import Published
from pds.bank.bank import Bank
from tests.fakes import FrozenClock

_PATIENCE = 30.0


def published(bank: Bank, clock: FrozenClock) -> Published:
    """Return the checkpoint of all that was recorded, once it is published.

    A thread of the bank does that, a second after the last time at the earliest, and
    on SQLite with the next act if it is not to wait for one.
    """
    clock.seconds += 2
    until = monotonic() + _PATIENCE
    while (found := _newest(bank)) is None:
        assert monotonic() < until, "The newest entry is not published."
        bank.unit_of_work(lambda _work: None)
        sleep(0.005)
    return found


def _newest(bank: Bank) -> Published | None:
    with bank.read() as view:
        found = store.latest_checkpoint(view.connection)
        size = read_head(view.connection).size
    return found if found is not None and found.size == size else None
