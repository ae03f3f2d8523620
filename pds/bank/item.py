"""Acts on their way through the SQLite writer, and the waking of who waits for them.

The callers of a batch are woken a few at once, and each wakes the next: sixty at once
would only wait for the interpreter, each would be woken twice for it, and the writer
could not go on with the next batch meanwhile.

Who stops waiting (a signal, in the main thread) must not break that row: an item that
was left before its batch was over is passed over; one that was left later still takes
its turn.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from audit.draft import LeafDraft
from audit.integration import Integration
from audit.light import LightWork
from audit.work import Work

_WOKEN_AT_ONCE = 4


class Item:
    """An act on its way, and what came of it; written by the writer thread only."""

    __slots__ = (
        "_done",
        "_following",
        "_is_left",
        "_is_over",
        "act",
        "drafts",
        "error",
        "integration",
        "light",
        "result",
    )

    def __init__(
        self,
        act: Callable[[Work], Any],
        light: Callable[[LightWork], Any] | None = None,
    ) -> None:
        self.act = act
        self.light = light
        self.result: Any = None
        self.error: BaseException | None = None
        self.drafts: list[LeafDraft] = []
        self.integration: Integration | None = None
        # A bare lock is the cheapest thing to sleep on: held until the item is done.
        self._done = threading.Lock()
        self._done.acquire()
        self._following: Item | None = None
        self._is_left = self._is_over = False

    def succeed(self, result: object, drafts: list[LeafDraft]) -> None:
        """Give the caller a result."""
        self.error, self.result, self.drafts = None, result, drafts

    def fail(self, error: BaseException) -> None:
        """Give the caller an error instead of a result."""
        self.error, self.result, self.drafts = error, None, []

    def wait(self) -> None:
        """Sleep until the item is done, then wake who comes after it."""
        try:
            self._done.acquire()
        except BaseException:
            self._leave()
            raise
        self._pass_on()

    def _leave(self) -> None:
        with _DOOR:
            self._is_left = True
            is_over = self._is_over
        if is_over:
            self._done.acquire()
            self._pass_on()

    def _pass_on(self) -> None:
        if self._following is not None:
            self._following.release()

    def end(self) -> bool:
        """Say that the batch is over; False if nobody waits for the item any more."""
        self._is_over = not self._is_left
        return self._is_over

    def precede(self, following: "Item") -> None:
        """Let this one's caller wake another's."""
        self._following = following

    def release(self) -> None:
        """Wake the caller."""
        self._done.release()


# Held for a moment once a batch, by whoever wakes or leaves.
_DOOR = threading.Lock()


def wake(items: Sequence[Item]) -> None:
    """Wake the callers of a batch that is over."""
    with _DOOR:
        waiting = [item for item in items if item.end()]
    for item, following in zip(waiting, waiting[_WOKEN_AT_ONCE:], strict=False):
        item.precede(following)
    for item in waiting[:_WOKEN_AT_ONCE]:
        item.release()
