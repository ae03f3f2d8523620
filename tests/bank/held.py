"""A writer that is kept from its next batch, so that a test knows its batches."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from audit.work import Work
from pds.bank.bank import Bank

_SECONDS = 30


@contextmanager
def held(bank: Bank) -> Iterator[None]:
    """Keep the writer busy with an act until the block ends."""
    began, over = threading.Event(), threading.Event()

    def wait(_work: Work) -> None:
        began.set()
        assert over.wait(_SECONDS)

    blocker = threading.Thread(target=bank.unit_of_work, args=(wait,))
    blocker.start()
    assert began.wait(_SECONDS)
    try:
        yield
    finally:
        over.set()
        blocker.join()


def in_one_batch(bank: Bank, runs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run functions that each hand the writer one act, all in one batch, in order.

    Returns:
        What each returned, or the exception that it raised.
    """
    found: list[Any] = [None] * len(runs)

    def run(place: int) -> None:
        try:
            found[place] = runs[place]()
        except Exception as error:  # noqa: BLE001 - compared by the test
            found[place] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(runs))]
    with held(bank):
        for number, thread in enumerate(threads, 1):
            thread.start()
            until = monotonic() + _SECONDS
            while bank.waiting() < number:
                assert monotonic() < until
                thread.join(0.001)
    for thread in threads:
        thread.join()
    return found
