"""What was opened by breaking the glass, until it was reviewed and after.

    keep ─► open ─staff or board─► justified | unjustified (the recipient is suspended)

A review is due within three days. Five open ones, or one that is overdue, stop further
openings by the recipient. Whoever reviews reads clinician, reason and number of
records, and neither the person's name nor a record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import recipients
from consent.facts import Standing
from consent.vetting import standings
from consent.vetting.steps import SuspensionReason
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import BANK, AccountId, OwnerId, RecipientId
from pds.disclosure.break_glass.tables import emergency_access
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.emergency-access"
"""Label of clinician, reason and finding; the object id is the access's."""
VERSION: Final = 1
REVIEW_WITHIN: Final = timedelta(days=3)
MOST_OPEN: Final = 5
LONGEST_NOTE: Final = 500
_c = emergency_access.c


class EmergencyAccessState(StrEnum):
    """Where the review of an opening stands."""

    OPEN = "open"
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyAccess:
    """One opening."""

    access_id: UUID
    owner: OwnerId
    recipient_id: RecipientId
    state: EmergencyAccessState
    at: datetime
    review_by: datetime
    reviewed_at: datetime | None
    clinician: str
    reason: str
    count: int
    note: str


def keep(
    work: Work,
    access_id: UUID,
    owner: OwnerId,
    recipient_id: RecipientId,
    *,
    clinician: str,
    reason: str,
    count: int,
) -> None:
    """Write down an opening, in the unit of work that records it."""
    said = {"clinician": clinician, "reason": reason, "count": count, "note": ""}
    work.connection.execute(
        insert(emergency_access).values(
            access_id=access_id,
            owner_id=owner,
            recipient_id=recipient_id,
            state=EmergencyAccessState.OPEN.value,
            at=work.now,
            review_by=work.now + REVIEW_WITHIN,
            **_sealed(work, access_id, said),
        )
    )


def is_stopped(snap: Snapshot, recipient_id: RecipientId) -> bool:
    """Say whether openings that wait for review stop a recipient."""
    query = select(func.count(), func.min(_c.review_by)).where(
        _c.recipient_id == recipient_id, _c.state == EmergencyAccessState.OPEN
    )
    waiting, first = snap.connection.execute(query).one()
    return waiting >= MOST_OPEN or (first is not None and first <= snap.now)


def review(
    work: Work,
    access_id: UUID,
    state: EmergencyAccessState,
    note: str,
    *,
    by: AccountId,
) -> None:
    """Write down the finding; what was unjustified suspends the recipient.

    Raises:
        NotFound: `glass.unknown`.
        Invalid: `glass.note`; a finding says why.
        Conflict: `glass.reviewed`; somebody was faster.
    """
    found = get(work, work.keys, access_id)
    if state is EmergencyAccessState.OPEN or not 1 <= len(note.strip()) <= LONGEST_NOTE:
        raise Invalid("glass.note", "A finding is missing, or its words.")
    said = {
        "clinician": found.clinician,
        "reason": found.reason,
        "count": found.count,
        "note": note.strip(),
    }
    done = work.connection.execute(
        update(emergency_access)
        .where(_c.access_id == access_id, _c.state == EmergencyAccessState.OPEN)
        .values(
            state=state.value,
            reviewed_at=work.now,
            reviewed_by=by,
            **_sealed(work, access_id, said),
        )
    )
    if done.rowcount != 1:
        raise Conflict("glass.reviewed", "The opening was reviewed.")
    if state is EmergencyAccessState.UNJUSTIFIED:
        _suspend(work, found, by)
    _tell(work, found, state, by)


def get(snap: Snapshot, keys: Keyring, access_id: UUID) -> EmergencyAccess:
    """Return one opening; NotFound `glass.unknown` if there is none."""
    query = select(emergency_access).where(_c.access_id == access_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("glass.unknown", "There is no such opening.")
    return _read(snap, keys, row)


def of_owner(snap: Snapshot, keys: Keyring, owner: OwnerId) -> list[EmergencyAccess]:
    """Return what was opened of a person, newest first."""
    query = select(emergency_access).where(_c.owner_id == owner)
    rows = snap.connection.execute(query.order_by(_c.access_id.desc())).all()
    return [_read(snap, keys, row) for row in rows]


def newest(snap: Snapshot, keys: Keyring, *, limit: int) -> list[EmergencyAccess]:
    """Return openings, those that wait for review first, then the newest."""
    query = select(emergency_access).order_by(
        _c.state != EmergencyAccessState.OPEN.value, _c.access_id.desc()
    )
    rows = snap.connection.execute(query.limit(limit)).all()
    return [_read(snap, keys, row) for row in rows]


def write(said: dict[str, Any]) -> bytes:
    """Return what is said of an opening, to be sealed."""
    return canonical({"v": VERSION, **said})


def _sealed(work: Work, access_id: UUID, said: dict[str, Any]) -> dict[str, object]:
    key = work.keys.ensure(work.connection, BANK, KeyClass.ACCOUNT, now=work.now)
    envelope = work.keys.seal(
        work.connection, key, access_id, VERSION, LABEL, write(said)
    )
    return {
        "sealed_by": BANK,
        "generation": key.generation,
        "envelope": envelope,
    }


def _suspend(work: Work, found: EmergencyAccess, by: AccountId) -> None:
    if recipients.get(work, found.recipient_id).standing is Standing.APPROVED:
        standings.suspend(
            work, found.recipient_id, SuspensionReason.INCIDENT, actor=str(by)
        )


def _tell(
    work: Work, found: EmergencyAccess, state: EmergencyAccessState, by: AccountId
) -> None:
    about = {"emergency_access": str(found.access_id)}
    detail = {
        "actor": str(by),
        "object": canonical(about).decode(),
        "reasons": f"emergency-access.{state.value}",
    }
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=found.owner,
            recipient=found.recipient_id,
            detail=detail,
        )
    )
    messages.tell(
        work,
        found.owner,
        MessageTopic.EMERGENCY_REVIEWED,
        facts={"recipient": found.recipient_id},
        link="/emergency",
    )


def _read(snap: Snapshot, keys: Keyring, row: Any) -> EmergencyAccess:
    key = keys.open(snap.connection, BANK, KeyClass.ACCOUNT, row.generation)
    said = parse_canonical(
        keys.unseal(key, bytes(row.envelope), row.access_id, VERSION, LABEL)
    )
    return EmergencyAccess(
        access_id=row.access_id,
        owner=OwnerId(row.owner_id),
        recipient_id=RecipientId(row.recipient_id),
        state=EmergencyAccessState(row.state),
        at=row.at,
        review_by=row.review_by,
        reviewed_at=row.reviewed_at,
        clinician=said["clinician"],
        reason=said["reason"],
        count=said["count"],
        note=said["note"],
    )
