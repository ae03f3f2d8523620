"""The classes that a recipient was of: which, since when, by whom, and why (D-03).

Persons instruct by class, so a change of it must not get round what they said. Each is
a step with a number; the board decides on the recipient in the version of that number
(`consent.board_facts`), so nothing is given after a change before the board has decided
anew. `consent.class_changes` tells the persons whom it concerns.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import bindparam, insert, select

from audit.work import Work
from consent.counterpart import PastClass
from consent.vetting.tables import recipient_class
from pds.core.clock import from_millis
from pds.core.database import Prepared, Snapshot
from pds.core.ids import RecipientId

_c = recipient_class.c
_STEPS = Prepared(
    select(_c.recipient_class, _c.at)
    .where(_c.recipient_id == bindparam("recipient"))
    .order_by(_c.no)
)


@dataclass(frozen=True, slots=True)
class ClassStep:
    """One class of a recipient, since a moment.

    Attributes:
        no: counted from 1, the class of the application.
        reason: why it was changed, as staff wrote it; empty in the first.
    """

    no: int
    recipient_class: str
    reason: str
    actor: str
    at: datetime


def add(work: Work, recipient_id: RecipientId, step: ClassStep) -> None:
    """Add a step; whoever asks for it changes the recipient and records."""
    work.connection.execute(
        insert(recipient_class).values(
            recipient_id=recipient_id,
            no=step.no,
            recipient_class=step.recipient_class,
            reason=step.reason,
            actor=step.actor,
            at=step.at,
            # The class of the application changes nothing for anybody.
            announced_at=step.at if step.no == 1 else None,
        )
    )


def history(snap: Snapshot, recipient_id: RecipientId) -> list[ClassStep]:
    """Return every class of a recipient, newest first."""
    query = select(recipient_class).where(_c.recipient_id == recipient_id)
    return [
        ClassStep(row.no, row.recipient_class, row.reason, row.actor, row.at)
        for row in snap.connection.execute(query.order_by(_c.no.desc()))
    ]


def past(snap: Snapshot, recipient_id: str, class_no: int) -> tuple[PastClass, ...]:
    """Return the classes that a recipient was of before, oldest first.

    `class_no` is the number of its class; the first has none before it.
    """
    if class_no == 1:
        return ()
    rows = _STEPS.all(snap.connection, recipient=recipient_id)
    return tuple(
        PastClass(before[0], from_millis(after[1])) for before, after in pairwise(rows)
    )
