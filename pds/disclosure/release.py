"""From a commit to the first byte: released within five seconds, or not at all.

A leaf that says "released" is durable before its bytes may go. If they then do not go,
because integration took too long, the answer came too late, or nobody could say whether
the commit happened, a completion says so, and the person's history stays true. The
store keeps what is owed until it is told.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from audit.draft import Recorded
from audit.entry import Entry
from audit.integration import Outcome
from audit.leaf import EventType
from audit.light import LightWork
from audit.work import Work
from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.errors import Unavailable
from pds.core.ids import OwnerId

T = TypeVar("T")

RELEASE_WITHIN = timedelta(seconds=5)
NOT_RELEASED = "not-released"
_RECORDED_PERHAPS = ("store.slow", "store.unknown")


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A disclosure that may be in the log, and that did not leave the bank.

    Attributes:
        leaf_id: id of the leaf that says that it was released.
        owner: the person whose data it is.
        recipient_id: who would have got it; empty for whom a person's link reached.
        purpose: id of the purpose; empty for the same.
    """

    leaf_id: UUID
    owner: OwnerId
    recipient_id: str
    purpose: str

    def entry(self) -> Entry:
        """Return the entry that says that nothing went."""
        return Entry(
            type=EventType.DISCLOSURE_COMPLETED,
            subject=self.owner,
            recipient=self.recipient_id or None,
            purpose=self.purpose or None,
            count=0,
            ref=self.leaf_id,
            detail={"reasons": NOT_RELEASED},
        )


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

    def not_delivered(self, what: Undelivered) -> None:
        """Have the log say so, now or later, if it says that it was released."""
        ...


def commit(
    store: Store,
    clock: Clock,
    act: Callable[[Work], Recorded],
    light: Callable[[LightWork], Recorded] | None,
    undelivered: Undelivered,
) -> Outcome[Recorded]:
    """Commit a disclosure; when this returns, its bytes may go at once.

    Args:
        store: runs the act.
        clock: the moment of the release.
        act: checks again and records the disclosure.
        light: does the same as a light act; None if only the act can.
        undelivered: what the log has to say if nothing goes.

    Raises:
        Unavailable: nothing may go; if the disclosure stands in the log, an entry that
            says so stands there too, or will.
    """

    def timed(work: Work) -> tuple[Recorded, datetime]:
        return act(work), work.now

    try:
        outcome = store.recorded(timed, light=None if light is None else _timed(light))
    except Unavailable as error:
        if error.code in _RECORDED_PERHAPS:
            store.not_delivered(undelivered)
        raise
    recorded, committed_at = outcome.result
    if clock.now() - committed_at > RELEASE_WITHIN:
        store.not_delivered(undelivered)
        raise Unavailable("disclosure.late", "The release came too late.")
    return Outcome(recorded, outcome.integration)


def _timed(
    light: Callable[[LightWork], Recorded],
) -> Callable[[LightWork], tuple[Recorded, datetime]]:
    return lambda work: (light(work), work.now)
