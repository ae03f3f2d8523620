"""Who waits for an act is woken, also when another of the batch went away."""

import threading
from collections.abc import Callable

import pytest

from pds.bank.item import Item, wake


class Interrupted(BaseException):
    """What a signal does to a thread that waits."""


class Lock:
    """A lock whose first waiter is interrupted."""

    def __init__(self, before: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._before: Callable[[], None] | None = before

    def acquire(self) -> bool:
        if self._before is not None:
            before, self._before = self._before, None
            before()
            raise Interrupted
        return self._lock.acquire()

    def release(self) -> None:
        self._lock.release()


@pytest.mark.parametrize("is_over", [False, True], ids=["before", "after"])
def test_who_stops_waiting_keeps_nobody_asleep(*, is_over: bool) -> None:
    """Interrupted before the batch was over, or between that and being woken."""
    items = [Item(lambda _work: None) for _ in range(14)]
    left = items[5]
    left._done = Lock(lambda: wake(items) if is_over else None)  # type: ignore[assignment]

    with_interrupt = threading.Thread(target=wait_interrupted, args=(left,))
    others = [threading.Thread(target=item.wait) for item in items if item is not left]
    for thread in (with_interrupt, *others):
        thread.start()
    if not is_over:
        with_interrupt.join(30)
        wake(items)
    for thread in (with_interrupt, *others):
        thread.join(30)

    assert not any(thread.is_alive() for thread in (with_interrupt, *others))


def wait_interrupted(item: Item) -> None:
    with pytest.raises(Interrupted):
        item.wait()
