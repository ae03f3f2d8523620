"""Entrusted judgements: is one carried out once nobody can object any more (D-11)?

The time to object is counted by one process (`consent.objection_time`). Where its beats
lie further apart than the lease, two processes take the row from each other, nothing is
counted, and nothing ever becomes due: nobody is harmed, and nothing is given.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from consent import objection_window
from pds.bank.bank import View
from pds.bank.inspection.finding import Check, Wrong
from pds.core.clock import Clock

LATE: Final = timedelta(days=1)
"""How long after its moment by the clock an announcement may wait."""
_BEAT: Final = (
    "See that the processes run without long breaks, and that each runs its chores "
    "more often than every five minutes."
)


def checks(connection: Connection, clock: Clock) -> Iterator[Check]:
    """Yield what there is to ask about judgements."""
    ask = partial(_carried_out, View(connection, clock.now()))
    yield Check("judgements.due", ask, _BEAT)


def _carried_out(snap: View) -> str:
    late = objection_window.waiting_since(snap, snap.now - LATE)
    if late:
        raise Wrong(
            f"{late} announcements wait for more than a day after their time to object",
            _BEAT,
        )
    return "no announcement waits long after its time to object"
