"""Steps of an incident: kept sealed, one after the other, each an entry of the log.

A step is never changed; a correction is a further step. Two of staff who act at once
write the same number, so that one of them meets a conflict and looks again. Each step
says in its sealed content whether it is of an exercise, so that none can be carried
over into the other kind by whoever writes to the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent.policy import record_policy
from pds.accounts.meeting import insertion
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import BANK
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.oversight.incidents.tables import incident_step

LABEL: Final = b"sys.incident"
"""Label of the envelopes; object id is the incident's, version the step's number."""
_c = incident_step.c


class IncidentStep(StrEnum):
    """What is done about an incident."""

    OPENED = "opened"
    ASSESSED = "assessed"
    CONTAINED = "contained"
    WRITTEN = "written"
    REPORTED = "reported"
    ASKED = "persons-asked"
    FOUND = "persons-found"
    DRAFTED = "notice-drafted"
    TELLING = "notice-approved"
    TOLD = "persons-told"
    PUBLISHED = "published"
    CLOSING = "closing-asked"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that was taken; `said` is its content."""

    no: int
    step: IncidentStep
    at: datetime
    actor: str
    said: Mapping[str, Any]


def add(
    work: Work,
    incident_id: UUID,
    no: int,
    step: IncidentStep,
    said: Mapping[str, Any],
    *,
    is_exercise: bool,
    actor: str,
) -> None:
    """Seal and keep the next step, and record it.

    Raises:
        Conflict: `incident.moved-on`; somebody else took a step meanwhile.
    """
    key = work.keys.ensure(work.connection, BANK, KeyClass.ACCOUNT, now=work.now)
    content = canonical(
        {"exercise": is_exercise, "said": dict(said), "step": step.value}
    )
    envelope = work.keys.seal(work.connection, key, incident_id, no, LABEL, content)
    done = work.connection.execute(
        insertion(work.connection, incident_step)
        .values(
            owner_id=BANK,
            incident_id=incident_id,
            no=no,
            step=step.value,
            at=work.now,
            actor=actor,
            generation=key.generation,
            envelope=envelope,
        )
        .on_conflict_do_nothing()
        .returning(_c.no)
    )
    if done.first() is None:
        raise Conflict("incident.moved-on", "Somebody else took a step meanwhile.")
    kind = "exercise" if is_exercise else "incident"
    record_policy(
        work, f"{kind}.{step}", actor=actor, about=f"incident:{incident_id} step:{no}"
    )


def history(
    snap: Snapshot, keys: Keyring, incident_id: UUID, *, is_exercise: bool
) -> tuple[Step, ...]:
    """Return every step of an incident, oldest first.

    Raises:
        EnvelopeError: a step does not open, is missing, or is of the other kind.
    """
    rows = snap.connection.execute(
        select(incident_step)
        .where(_c.owner_id == BANK, _c.incident_id == incident_id)
        .order_by(_c.no)
    ).all()
    if [row.no for row in rows] != list(range(1, len(rows) + 1)):
        raise EnvelopeError
    return tuple(_opened(snap, keys, row, is_exercise=is_exercise) for row in rows)


def _opened(snap: Snapshot, keys: Keyring, row: Row[Any], *, is_exercise: bool) -> Step:
    key = keys.open(snap.connection, BANK, KeyClass.ACCOUNT, row.generation)
    content = parse_canonical(
        keys.unseal(key, bytes(row.envelope), row.incident_id, row.no, LABEL)
    )
    if content["exercise"] is not is_exercise or content["step"] != row.step:
        raise EnvelopeError
    return Step(
        no=row.no,
        step=IncidentStep(row.step),
        at=row.at,
        actor=row.actor,
        said=content["said"],
    )
