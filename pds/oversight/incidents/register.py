"""The register: opening incidents, finding them, and what is overdue (16.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import BANK, RecipientId
from pds.keys.keyring import Keyring
from pds.oversight.criteria import documents
from pds.oversight.incidents import contents, facts, steps
from pds.oversight.incidents.facts import Facts
from pds.oversight.incidents.incident import Incident, IncidentState
from pds.oversight.incidents.steps import IncidentStep
from pds.oversight.incidents.tables import incident

MOST: Final = 500
"""Incidents that a list shows; the newest."""
_LONGEST_TITLE: Final = 200
_c = incident.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What is known of an incident without opening it.

    Attributes:
        alarm_at: from when its next report is urgent; None if none is due.
        due_at: first moment at which that report is too late.
    """

    incident_id: UUID
    is_exercise: bool
    recipient_id: RecipientId | None
    knew_at: datetime
    opened_at: datetime
    state: IncidentState
    alarm_at: datetime | None
    due_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Say whether a report is later than the law allows."""
        return self.due_at is not None and now >= self.due_at


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts of real incidents; exercises never count."""

    open: int
    urgent: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An incident that somebody enters.

    Attributes:
        title: what it is called, without names of persons.
        knew_at: when the bank came to know of it.
        outline: what is known by now.
        recipient_id: the recipient that it happened at, or that told of it.
        is_exercise: whether it only trains; never changes.
    """

    title: str
    knew_at: datetime
    facts: Facts
    outline: str = ""
    recipient_id: RecipientId | None = None
    is_exercise: bool = False


def enter(work: Work, wish: Wish, *, actor: str) -> UUID:
    """Open an incident; return its id.

    Raises:
        Invalid: `incident.title`, `incident.text`, `incident.knew-at` or
            `papers.number`.
    """
    title = contents.text(wish.title)
    if len(title) > _LONGEST_TITLE:
        raise Invalid("incident.title", "The title is too long.")
    if wish.knew_at > work.now:
        raise Invalid("incident.knew-at", "The moment has not come yet.")
    incident_id = work.ids.new()
    work.connection.execute(
        insert(incident).values(
            owner_id=BANK,
            incident_id=incident_id,
            is_exercise=int(wish.is_exercise),
            recipient_id=wish.recipient_id,
            knew_at=wish.knew_at,
            opened_at=work.now,
            state=IncidentState.OPEN.value,
            steps=0,
        )
    )
    said = {
        "facts": facts.written(wish.facts),
        "outline": contents.text(wish.outline, needed=False),
        "title": title,
    }
    take(work, incident_id, IncidentStep.OPENED, said, actor=actor)
    return incident_id


def take(
    work: Work,
    incident_id: UUID,
    step: IncidentStep,
    said: Mapping[str, Any],
    *,
    actor: str,
) -> Incident:
    """Keep the next step; return the incident as it is after it.

    Raises:
        NotFound: `incident.unknown`.
        Conflict: `incident.moved-on`.
    """
    row = _row(work, incident_id)
    is_exercise = bool(row.is_exercise)
    no = row.steps + 1
    steps.add(work, incident_id, no, step, said, is_exercise=is_exercise, actor=actor)
    after = get(work, work.keys, incident_id)
    next_term = next(iter(after.open_terms), None)
    done = work.connection.execute(
        update(incident)
        .where(_c.owner_id == BANK, _c.incident_id == incident_id, _c.steps == no - 1)
        .values(
            steps=no,
            state=after.state.value,
            alarm_at=None if next_term is None else next_term.alarm_at,
            due_at=None if next_term is None else next_term.due_at,
        )
    )
    if not done.rowcount:
        raise Conflict("incident.moved-on", "Somebody else took a step meanwhile.")
    return after


def get(snap: Snapshot, keys: Keyring, incident_id: UUID) -> Incident:
    """Return an incident with its steps.

    Raises:
        NotFound: `incident.unknown`.
        EnvelopeError: a step does not hold.
    """
    row = _row(snap, incident_id)
    is_exercise = bool(row.is_exercise)
    return Incident(
        incident_id=incident_id,
        is_exercise=is_exercise,
        recipient_id=row.recipient_id,
        knew_at=row.knew_at,
        opened_at=row.opened_at,
        steps=steps.history(snap, keys, incident_id, is_exercise=is_exercise),
    )


def every(snap: Snapshot) -> list[Entered]:
    """Return the incidents, newest first."""
    query = select(incident).order_by(_c.opened_at.desc(), _c.incident_id.desc())
    return [_read(row) for row in snap.connection.execute(query.limit(MOST))]


def of_recipient(snap: Snapshot, recipient_id: RecipientId) -> list[Entered]:
    """Return what happened at a recipient, newest first; no exercises."""
    query = (
        select(incident)
        .where(_c.recipient_id == recipient_id, _c.is_exercise == 0)
        .order_by(_c.opened_at.desc(), _c.incident_id.desc())
    )
    return [_read(row) for row in snap.connection.execute(query.limit(MOST))]


def numbers(snap: Snapshot) -> Numbers:
    """Count real incidents that are open, urgent and overdue."""
    is_open = _c.state != IncidentState.CLOSED.value
    found = [is_open, _c.alarm_at <= snap.now, _c.due_at <= snap.now]
    counts = [
        snap.connection.scalar(
            select(func.count()).select_from(incident).where(_c.is_exercise == 0, each)
        )
        or 0
        for each in found
    ]
    return Numbers(*counts)


def opened_between(
    snap: Snapshot, since: datetime | None, until: datetime | None
) -> int:
    """Count real incidents of a time that may be open at either end (G-08, G-10)."""
    query = select(func.count()).select_from(incident).where(_c.is_exercise == 0)
    if since is not None:
        query = query.where(_c.opened_at >= since)
    if until is not None:
        query = query.where(_c.opened_at < until)
    return snap.connection.scalar(query) or 0


def is_certified(snap: Snapshot) -> bool:
    """Say whether the service is certified now, so that the certifier is told."""
    return documents.certification(snap) is not None


def _row(snap: Snapshot, incident_id: UUID) -> Row[Any]:
    row = snap.connection.execute(
        select(incident).where(_c.owner_id == BANK, _c.incident_id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound("incident.unknown", "There is no such incident.")
    return row


def _read(row: Row[Any]) -> Entered:
    return Entered(
        incident_id=row.incident_id,
        is_exercise=bool(row.is_exercise),
        recipient_id=row.recipient_id,
        knew_at=row.knew_at,
        opened_at=row.opened_at,
        state=IncidentState(row.state),
        alarm_at=row.alarm_at,
        due_at=row.due_at,
    )
