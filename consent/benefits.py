"""The benefit ledger: what persons were promised for a consent, and got (N-08, E-10).

    yes with a benefit ─► promised ─day─► due ─grace─► overdue
                             │             │              │
                             └──────── delivered ◄────────┴── not so (person) ─► overdue
    end of a consent that nobody used ─► lapsed

The terms say in words when a benefit comes; the ledger holds the recipient to a day
that is the same for all: `AFTER` a yes, or the end of the consent if that is earlier.
What a benefit is stands in the terms and is sealed here with what is said of its
delivery. The person may confirm a delivery or say that nothing came; the last word is
the person's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, select, update

from audit import known_time
from audit.work import Work
from consent import benefit_record, duty_record
from consent.benefit_record import (
    AFTER,
    GRACE,
    LABEL,
    OWED,
    BenefitAnswer,
    BenefitState,
    PromisedBenefit,
)
from consent.ledger import CurrentConsent
from consent.policy import record_policy
from consent.promise_tables import benefit
from consent.states import FINAL, ConsentEvent
from consent.tables import consent_use
from consent.terms import DataProvision
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import OwnerId, RecipientId

LINK: Final = "/benefits"
_c = benefit.c


def follow(
    work: Work, after: CurrentConsent, event: ConsentEvent, provision: DataProvision
) -> None:
    """Keep the ledger in step with a consent: a yes promises, an unused end lapses."""
    if event is ConsentEvent.GIVEN and provision.benefit is not None:
        _promise(work, after, provision)
    elif after.state in FINAL and not _was_used(work, after):
        _change(
            work,
            _c.owner_id == after.owner,
            _c.consent_id == after.consent_id,
            _c.state.in_([each.value for each in OWED]),
            state=BenefitState.LAPSED.value,
        )


def _promise(work: Work, after: CurrentConsent, provision: DataProvision) -> None:
    said = provision.benefit
    if said is None:
        return
    benefit_id = work.ids.new()
    envelope = duty_record.sealed(
        work,
        after.owner,
        after.generation,
        (benefit_id, 1, LABEL),
        {"en": said.en, "ja": said.ja},
    )
    work.connection.execute(
        insert(benefit).values(
            owner_id=after.owner,
            benefit_id=benefit_id,
            consent_id=after.consent_id,
            recipient_id=after.recipient_id,
            kind=said.kind.value,
            state=BenefitState.PROMISED.value,
            answer=BenefitAnswer.NONE.value,
            promised_at=work.now,
            due_at=min(work.now + AFTER, after.expires_at),
            version=1,
            generation=after.generation,
            envelope=envelope,
        )
    )


def deliver(
    work: Work, found: PromisedBenefit, *, actor: str, form: str, statement: str = ""
) -> None:
    """Note that the recipient says that it delivered a benefit.

    Args:
        work: the unit of work.
        found: the benefit.
        actor: who says so.
        form: `statement` or `console`.
        statement: the compact JWS, if it was one.

    Raises:
        Conflict: `benefit.not-owed`; it was delivered, or lapsed.
    """
    said, version = benefit_record.opened(work, work.keys, found), found.version + 1
    said["delivery"] = {
        "at": to_millis(work.now),
        "form": form,
        "signer": actor,
        "statement": statement,
    }
    place = (found.benefit_id, version, LABEL)
    changed = _change(
        work,
        *_is(found),
        _c.version == found.version,
        _c.state.in_([each.value for each in OWED]),
        state=BenefitState.DELIVERED.value,
        answer=BenefitAnswer.NONE.value,
        delivered_at=work.now,
        version=version,
        envelope=duty_record.sealed(work, found.owner, found.generation, place, said),
    )
    if not changed:
        raise Conflict("benefit.not-owed", "Nothing of this benefit is owed.")
    _tell(work, found, MessageTopic.BENEFIT_DELIVERED, f"{found.benefit_id} {version}")
    _record(work, found, "benefit.delivered", actor)


def answer(work: Work, found: PromisedBenefit, said: BenefitAnswer) -> None:
    """Take the person's word on a delivery; one that did not come is owed again.

    Raises:
        Conflict: `benefit.not-delivered`; nobody says that it was, or the person has
            answered.
    """
    is_disputed = said is BenefitAnswer.DISPUTED
    state = BenefitState.OVERDUE if is_disputed else BenefitState.DELIVERED
    changed = _change(
        work,
        *_is(found),
        _c.state == BenefitState.DELIVERED.value,
        _c.answer == BenefitAnswer.NONE.value,
        answer=said.value,
        state=state.value,
    )
    if not changed:
        raise Conflict("benefit.not-delivered", "There is no delivery to answer.")
    _record(work, found, f"benefit.{said.value}", "person")


def go_on(work: Work, found: PromisedBenefit) -> bool:
    """Let time do what it does to a benefit; say whether it did.

    Raises:
        Conflict: `clock.ahead`; the clock cannot be believed.
    """
    known_time.require(work)
    state = _by(found, work.now)
    if state is found.state:
        return False
    which = (*_is(found), _c.state == found.state.value)
    if not _change(work, *which, state=state.value):
        return False
    if state is BenefitState.OVERDUE:
        _tell(work, found, MessageTopic.BENEFIT_OVERDUE, str(found.benefit_id))
        _record(work, found, "benefit.overdue", "time")
    return True


def due(snap: Snapshot, *, limit: int) -> list[PromisedBenefit]:
    """Return benefits whose state is not that of the time; none by a wrong clock."""
    if known_time.is_ahead(snap):
        return []
    states = (BenefitState.PROMISED.value, BenefitState.DUE.value)
    now_due = (_c.state == states[0]) & (_c.due_at <= snap.now)
    now_late = (_c.state == states[1]) & (_c.due_at <= snap.now - GRACE)
    return _list(snap, _c.state.in_(states), now_due | now_late, limit=limit)


def get(snap: Snapshot, benefit_id: UUID, recipient_id: RecipientId) -> PromisedBenefit:
    """Return a benefit that a recipient owes; NotFound `benefit.unknown`."""
    return _one(snap, _c.recipient_id == recipient_id, _c.benefit_id == benefit_id)


def get_mine(snap: Snapshot, owner: OwnerId, benefit_id: UUID) -> PromisedBenefit:
    """Return a benefit of a person; NotFound `benefit.unknown`."""
    return _one(snap, _c.owner_id == owner, _c.benefit_id == benefit_id)


def of_owner(snap: Snapshot, owner: OwnerId) -> list[PromisedBenefit]:
    """Return the benefits of a person, newest first."""
    return _list(snap, _c.owner_id == owner)


def of_recipient(
    snap: Snapshot, recipient_id: RecipientId, *, limit: int
) -> list[PromisedBenefit]:
    """Return the benefits that a recipient owes or owed, newest first."""
    return _list(snap, _c.recipient_id == recipient_id, limit=limit)


def counts(snap: Snapshot) -> dict[tuple[str, str, str], int]:
    """Return how many there are by recipient, kind and state, for staff."""
    by = (_c.recipient_id, _c.kind, _c.state)
    rows = snap.connection.execute(select(*by, func.count()).group_by(*by))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def _by(found: PromisedBenefit, now: datetime) -> BenefitState:
    if now >= found.due_at + GRACE:
        return BenefitState.OVERDUE
    return BenefitState.DUE if now >= found.due_at else found.state


def _was_used(work: Work, after: CurrentConsent) -> bool:
    c = consent_use.c
    mine = (c.owner_id == after.owner, c.consent_id == after.consent_id)
    return (
        work.connection.execute(select(c.day).where(*mine).limit(1)).first() is not None
    )


def _tell(work: Work, found: PromisedBenefit, topic: MessageTopic, once: str) -> None:
    messages.tell(
        work,
        found.owner,
        topic,
        facts={"recipient": found.recipient_id},
        link=LINK,
        once=once,
    )


def _record(work: Work, found: PromisedBenefit, action: str, actor: str) -> None:
    record_policy(
        work,
        action,
        actor=actor,
        recipient_id=found.recipient_id,
        about=str(found.benefit_id),
    )


def _change(work: Work, *which: ColumnElement[bool], **values: object) -> bool:
    done = work.connection.execute(update(benefit).where(*which).values(values))
    return bool(done.rowcount)


def _is(found: PromisedBenefit) -> tuple[ColumnElement[bool], ...]:
    return (_c.owner_id == found.owner, _c.benefit_id == found.benefit_id)


def _one(snap: Snapshot, *which: ColumnElement[bool]) -> PromisedBenefit:
    found = _list(snap, *which, limit=1)
    if not found:
        raise NotFound("benefit.unknown", "There is no such benefit.")
    return found[0]


def _list(
    snap: Snapshot, *which: ColumnElement[bool], limit: int | None = None
) -> list[PromisedBenefit]:
    query = select(benefit).where(*which).order_by(_c.benefit_id.desc()).limit(limit)
    rows: Sequence[Row[Any]] = snap.connection.execute(query).all()
    return [benefit_record.read(row) for row in rows]
