"""The history of a recipient's standing: applied, approved, suspended, ended (R-10)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, insert, select

from audit.work import Work
from consent.facts import Standing
from consent.vetting.tables import recipient_step
from pds.core.database import Snapshot
from pds.core.ids import RecipientId


class SuspensionReason(StrEnum):
    """Why a recipient was suspended, in words that persons are shown."""

    INCIDENT = "incident"
    DELETION_OVERDUE = "deletion-overdue"
    ATTESTATION_OVERDUE = "attestation-overdue"
    CRITERIA = "criteria"
    COMPLAINTS = "complaints"
    INSPECTION = "inspection"
    OWN_WISH = "own-wish"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of standing.

    Attributes:
        reason: why it was suspended; persons are shown its words.
        note: what staff wrote down beside it, for staff, board and auditors.
    """

    standing: Standing
    actor: str
    at: datetime
    reason: SuspensionReason | None = None
    note: str = ""


def add(work: Work, recipient_id: RecipientId, step: Step) -> None:
    """Add a step to the history; whoever asks for it changes and records."""
    last = select(func.max(recipient_step.c.no)).where(
        recipient_step.c.recipient_id == recipient_id
    )
    work.connection.execute(
        insert(recipient_step).values(
            recipient_id=recipient_id,
            no=(work.connection.execute(last).scalar() or 0) + 1,
            standing=step.standing.value,
            reason=step.reason.value if step.reason else "",
            note=step.note,
            actor=step.actor,
            at=step.at,
        )
    )


def stopped(snap: Snapshot, recipient_id: RecipientId) -> Step | None:
    """Return the step that suspended or ended a recipient, if it still stands so."""
    last = next(iter(history(snap, recipient_id)), None)
    is_stopped = last and last.standing in (Standing.SUSPENDED, Standing.ENDED)
    return last if is_stopped else None


def history(snap: Snapshot, recipient_id: RecipientId) -> list[Step]:
    """Return every change of a recipient's standing, newest first."""
    query = (
        select(recipient_step)
        .where(recipient_step.c.recipient_id == recipient_id)
        .order_by(recipient_step.c.no.desc())
    )
    return [
        Step(
            standing=Standing(row.standing),
            actor=row.actor,
            at=row.at,
            reason=SuspensionReason(row.reason) if row.reason else None,
            note=row.note,
        )
        for row in snap.connection.execute(query)
    ]
