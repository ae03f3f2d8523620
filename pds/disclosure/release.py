"""From a commit to the first byte: released within five seconds, or not at all.

A leaf that says "released" is durable before its bytes may go. If they then do not go,
because integration took too long or the answer came too late, a completion says so, and
the person's history stays true.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from audit.draft import Recorded
from audit.entry import Entry
from audit.integration import Outcome
from audit.light import LightWork
from audit.work import Work
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import Unavailable

T = TypeVar("T")

RELEASE_WITHIN = timedelta(seconds=5)
NOT_RELEASED = "not-released"
_SLOW = "store.slow"


class Store(Protocol):
    """What the gate needs of the bank: snapshots and units of work."""

    def read(self) -> AbstractContextManager[Snapshot]:
        """Open a read-only snapshot."""
        ...

    def recorded(
        self,
        act: Callable[[Work], T],
        *,
        light: Callable[[LightWork], T] | None = None,
        owed: bool = False,
    ) -> Outcome[T]:
        """Run an act in a transaction; say what it returned and where leaves stand.

        The light act does the same, where light acts are run and it does not decline.
        An act that the log is owed is not refused because too many wait.
        """
        ...


def commit(
    store: Store,
    clock: Clock,
    act: Callable[[Work], Recorded],
    light: Callable[[LightWork], Recorded] | None,
    dropped: Callable[[], Entry],
) -> Outcome[Recorded]:
    """Commit a disclosure; when this returns, its bytes may go at once.

    Args:
        store: runs the act.
        clock: the moment of the release.
        act: checks again and records the disclosure.
        light: does the same as a light act; None if only the act can.
        dropped: makes the entry that says that nothing went.

    Raises:
        Unavailable: nothing may go; if the disclosure stands in the log, so does the
            entry that says so.
    """

    def timed(work: Work) -> tuple[Recorded, datetime]:
        return act(work), work.now

    try:
        outcome = store.recorded(timed, light=None if light is None else _timed(light))
    except Unavailable as error:
        if error.code == _SLOW:
            store.recorded(lambda work: work.log.record(dropped()), owed=True)
        raise
    recorded, committed_at = outcome.result
    if clock.now() - committed_at > RELEASE_WITHIN:
        store.recorded(lambda work: work.log.record(dropped()), owed=True)
        raise Unavailable("disclosure.late", "The release came too late.")
    return Outcome(recorded, outcome.integration)


def _timed(
    light: Callable[[LightWork], Recorded],
) -> Callable[[LightWork], tuple[Recorded, datetime]]:
    return lambda work: (light(work), work.now)
