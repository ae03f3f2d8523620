"""What recipients owe after a consent has ended: to delete, and to report uses (R-09).

    end of a consent that was used ─► open ─day and grace are over─► overdue
                                       │                                │
                                       └───────── attested ─────────────┴─► done

A duty to delete ends with the day that the terms say: so many days after a withdrawal,
or the end of retention of the last fetch, whichever is first. Whoever never fetched, or
only looked, owes nothing. Each recipient that got anything reports what for.

An overdue duty denies every provision to its recipient (`recipient.duty-overdue`): the
fence of the recipient is bumped, so that what was decided before does not commit. Time
makes a duty overdue only by a clock that is believed (`audit.known_time`), and nothing
but an answer makes it done (`consent.duty_answers`).
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update

from audit import known_time
from audit.work import Work
from consent import duty_record, ending, pairwise, recipient_events, recipients
from consent.duty_record import GRACE, LABEL, REMIND, REPORT, Duty, DutyKind, DutyState
from consent.ledger import CurrentConsent
from consent.policy import record_policy
from consent.promise_tables import duty
from consent.receipt_record import rfc3339
from consent.recipient_events import RecipientEvent
from consent.states import FINAL
from consent.tables import consent_use
from consent.terms import DataProvision, ProvisionForm
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.clock import day_of, end_of
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId, RecipientId

_c = duty.c
LINK = "/benefits"
"""The page of the person that shows duties and benefits."""


def follow(work: Work, after: CurrentConsent, provision: DataProvision) -> None:
    """Open the duties of a consent that has just ended, if anything was given."""
    if after.state not in FINAL or provision.form is ProvisionForm.VIEW_ONLY:
        return
    last = _last_fetch(work, after)
    if last is None:
        return
    _open(work, after, DutyKind.DELETE, _delete_by(work, after, provision, last))
    _open(work, after, DutyKind.REPORT, work.now + REPORT)


def _last_fetch(work: Work, after: CurrentConsent) -> datetime | None:
    day = work.connection.scalar(
        select(func.max(consent_use.c.day)).where(
            consent_use.c.owner_id == after.owner,
            consent_use.c.consent_id == after.consent_id,
        )
    )
    return None if day is None else end_of(day_of(int(day)))


def _delete_by(
    work: Work, after: CurrentConsent, provision: DataProvision, last: datetime
) -> datetime:
    kept = last + timedelta(days=provision.retention_days)
    asked = ending.delete_by(provision, after.state, work.now)
    first = kept if asked is None else min(kept, asked)
    # What is told now cannot have been due before.
    return max(first, work.now)


def _open(work: Work, after: CurrentConsent, kind: DutyKind, due_at: datetime) -> None:
    duty_id = work.ids.new()
    sub = pairwise.for_recipient(work, after.owner, after.recipient_id)
    envelope = duty_record.sealed(
        work, after.owner, after.generation, (duty_id, 1, LABEL), {"sub": sub}
    )
    work.connection.execute(
        insert(duty).values(
            owner_id=after.owner,
            duty_id=duty_id,
            consent_id=after.consent_id,
            recipient_id=after.recipient_id,
            kind=kind.value,
            state=DutyState.OPEN.value,
            opened_at=work.now,
            due_at=due_at,
            version=1,
            generation=after.generation,
            envelope=envelope,
        )
    )
    _tell(work, get(work, duty_id, after.recipient_id), RecipientEvent.DUTY_DUE, sub)


def remind(work: Work, found: Duty) -> bool:
    """Remind a recipient of a duty; say whether it was not done before."""
    if not _change(work, found, _c.reminded_at.is_(None), reminded_at=work.now):
        return False
    sub = duty_record.opened(work, work.keys, found)["sub"]
    _tell(work, found, RecipientEvent.DUTY_DUE, sub)
    return True


def make_overdue(work: Work, found: Duty) -> bool:
    """Note that a duty was not done in time, tell all, and stop provision.

    Returns:
        Whether it was not done, nor noted, before.

    Raises:
        Conflict: `clock.ahead`; the clock cannot be believed.
    """
    known_time.require(work)
    is_over = found.overdue_at <= work.now
    if not is_over or not _change(work, found, state=DutyState.OVERDUE.value):
        return False
    recipients.touch(work, found.recipient_id)
    sub = duty_record.opened(work, work.keys, found)["sub"]
    _tell(work, found, RecipientEvent.DUTY_OVERDUE, sub)
    tell_person(work, found, MessageTopic.DUTY_OVERDUE)
    record(work, found, "duty.overdue", actor="time")
    return True


def due(snap: Snapshot, *, limit: int) -> tuple[list[Duty], list[Duty]]:
    """Return duties to remind of, and overdue ones; none by a wrong clock."""
    if known_time.is_ahead(snap):
        return [], []
    over = snap.now - GRACE
    is_open = _c.state == DutyState.OPEN.value
    soon = (is_open, _c.reminded_at.is_(None), _c.due_at <= snap.now + REMIND)
    # Who hears of it for the first time so late is not told twice at once.
    fresh = _c.opened_at <= snap.now - timedelta(days=1)
    return (
        _list(snap, *soon, fresh, _c.due_at > over, limit=limit),
        _list(snap, is_open, _c.due_at <= over, limit=limit),
    )


def get(snap: Snapshot, duty_id: UUID, recipient_id: RecipientId) -> Duty:
    """Return a duty of a recipient; NotFound `duty.unknown` for any other."""
    found = _list(snap, _c.recipient_id == recipient_id, _c.duty_id == duty_id, limit=1)
    if not found:
        raise NotFound("duty.unknown", "The recipient has no such duty.")
    return found[0]


def of_owner(snap: Snapshot, owner: OwnerId) -> list[Duty]:
    """Return what recipients owe a person, newest first."""
    return _list(snap, _c.owner_id == owner)


def of_recipient(
    snap: Snapshot, recipient_id: RecipientId, *, limit: int
) -> list[Duty]:
    """Return the duties of a recipient, newest first."""
    return _list(snap, _c.recipient_id == recipient_id, limit=limit)


def is_overdue(snap: Snapshot, recipient_id: RecipientId) -> bool:
    """Say whether anything of a recipient is overdue."""
    late = (_c.recipient_id == recipient_id, _c.state == DutyState.OVERDUE.value)
    return bool(_list(snap, *late, limit=1))


def counts(snap: Snapshot) -> dict[tuple[str, str, str], int]:
    """Return how many duties there are by recipient, kind and state, for staff."""
    by = (_c.recipient_id, _c.kind, _c.state)
    rows = snap.connection.execute(select(*by, func.count()).group_by(*by))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def tell_person(work: Work, found: Duty, topic: MessageTopic) -> None:
    """Tell the person of a duty, once for each topic."""
    messages.tell(
        work,
        found.owner,
        topic,
        facts={"recipient": found.recipient_id},
        link=LINK,
        once=str(found.duty_id),
    )


def record(work: Work, found: Duty, action: str, *, actor: str) -> None:
    """Record what happened to a duty; the leaf names the recipient and no person."""
    record_policy(
        work,
        action,
        actor=actor,
        recipient_id=found.recipient_id,
        about=str(found.duty_id),
    )


def _tell(work: Work, found: Duty, event: RecipientEvent, sub: str) -> None:
    recipient_events.tell(
        work,
        found.recipient_id,
        event,
        {
            "consent_id": str(found.consent_id),
            "due": rfc3339(found.due_at),
            "duty": found.kind.value,
            "duty_id": str(found.duty_id),
            "sub": sub,
        },
        owner=found.owner,
        generation=found.generation,
    )


def _change(
    work: Work, found: Duty, *which: ColumnElement[bool], **values: object
) -> bool:
    changed = work.connection.execute(
        update(duty)
        .where(
            _c.owner_id == found.owner,
            _c.duty_id == found.duty_id,
            _c.state == DutyState.OPEN.value,
            *which,
        )
        .values(values)
    )
    return bool(changed.rowcount)


def _list(
    snap: Snapshot, *which: ColumnElement[bool], limit: int | None = None
) -> list[Duty]:
    query = select(duty).where(*which).order_by(_c.duty_id.desc()).limit(limit)
    return [duty_record.read(row) for row in snap.connection.execute(query)]
