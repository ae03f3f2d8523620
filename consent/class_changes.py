"""Changes of a recipient's class: what persons who instruct by class are told (D-03).

A change is announced to everybody whose instructions name the class before or the one
after: an entry of the person's own log, made person by person by a chore that can be
killed at any moment, and a line on home for thirty days. It says what still holds, what
holds no more, and what holds now. Nothing is given before the board has decided anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update

from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent.instruction_tables import instruction_set
from consent.instructions import Stance, StandingInstruction
from consent.vetting.tables import recipient_class
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.ids import OwnerId, RecipientId, made_millis

SHOWN_FOR: Final = timedelta(days=30)
"""How long home tells of a change."""
_step, _earlier = recipient_class, recipient_class.alias("earlier")
_CHANGES: Final = (
    select(
        _step.c.recipient_id,
        _step.c.no,
        _earlier.c.recipient_class.label("before"),
        _step.c.recipient_class.label("after"),
        _step.c.at,
        _step.c.announced_to,
    )
    .join(
        _earlier,
        (_earlier.c.recipient_id == _step.c.recipient_id)
        & (_earlier.c.no == _step.c.no - 1),
    )
    .order_by(_step.c.at, _step.c.recipient_id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """One change of a recipient's class.

    Attributes:
        no: number of the class after it.
        announced_to: the last person, by id, who was told; None before the first.
    """

    recipient_id: RecipientId
    no: int
    before: str
    after: str
    at: datetime
    announced_to: OwnerId | None = None

    def concerns(self, instructions: Iterable[StandingInstruction]) -> bool:
        """Say whether an instruction names the class before or the one after."""
        return any(
            {self.before, self.after} & set(each.recipient_classes)
            for each in instructions
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What a change means for one person.

    Attributes:
        kept: instructions about the class before that still hold for the recipient.
        lost: instructions to allow that do not hold for it any more.
        gained: instructions about the class after, which hold for it now.
    """

    change: ClassChange
    kept: tuple[StandingInstruction, ...]
    lost: tuple[StandingInstruction, ...]
    gained: tuple[StandingInstruction, ...]


def lately(snap: Snapshot, held: Iterable[StandingInstruction]) -> list[Told]:
    """Return what changed lately for whoever gave these instructions, oldest first."""
    instructions = [each for each in held if each.is_in_force(snap.now)]
    if not any(each.recipient_classes for each in instructions):
        return []
    query = _CHANGES.where(_step.c.at >= snap.now - SHOWN_FOR)
    found = [_read(row) for row in snap.connection.execute(query)]
    return [_told(each, instructions) for each in found if each.concerns(instructions)]


def _told(change: ClassChange, held: Iterable[StandingInstruction]) -> Told:
    left = [e for e in held if change.before in e.recipient_classes]
    joined = [e for e in held if change.after in e.recipient_classes]
    only = [each for each in left if each not in joined]
    return Told(
        change,
        kept=tuple(
            each
            for each in only
            if each.stance is not Stance.ALLOW
            and made_millis(each.instruction_id) <= to_millis(change.at)
        ),
        lost=tuple(each for each in only if each.stance is Stance.ALLOW),
        gained=tuple(each for each in joined if each not in left),
    )


def pending(snap: Snapshot) -> ClassChange | None:
    """Return the oldest change that not everybody was told of yet."""
    query = _CHANGES.where(_step.c.announced_at.is_(None)).limit(1)
    row = snap.connection.execute(query).first()
    return None if row is None else _read(row)


def instructing(snap: Snapshot, after: OwnerId | None, *, limit: int) -> list[OwnerId]:
    """Return persons who have instructions, by id, behind one of them."""
    owner = instruction_set.c.owner_id
    query = select(owner).order_by(owner).limit(limit)
    if after is not None:
        query = query.where(owner > after)
    return [OwnerId(each) for each in snap.connection.execute(query).scalars()]


def tell(work: Work, change: ClassChange, owner: OwnerId) -> None:
    """Write the change into a person's log and tell them of it, once."""
    if not reach(work, change, owner):
        return
    said = {
        "recipient": change.recipient_id,
        "from": change.before,
        "to": change.after,
    }
    detail = {
        "actor": "bank",
        "object": canonical(said).decode(),
        "reasons": "instruction.class-changed",
    }
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=owner,
            recipient=change.recipient_id,
            detail=detail,
        )
    )
    messages.tell(
        work,
        owner,
        MessageTopic.CLASS_CHANGED,
        facts={"recipient": change.recipient_id},
        link="/instructions",
        once=f"{change.recipient_id}:{change.no}",
    )


def reach(work: Work, change: ClassChange, owner: OwnerId) -> bool:
    """Note that everybody up to a person was told; False if that was noted before."""
    told = _step.c.announced_to
    done = work.connection.execute(
        update(_step)
        .where(*_is(change), told.is_(None) | (told < owner))
        .values(announced_to=owner)
    )
    return bool(done.rowcount)


def finish(work: Work, change: ClassChange) -> None:
    """Note that everybody was told."""
    work.connection.execute(
        update(_step).where(*_is(change)).values(announced_at=work.now)
    )


def _is(change: ClassChange) -> tuple[ColumnElement[bool], ...]:
    return (_step.c.recipient_id == change.recipient_id, _step.c.no == change.no)


def _read(row: Any) -> ClassChange:
    return ClassChange(
        recipient_id=RecipientId(row.recipient_id),
        no=row.no,
        before=row.before,
        after=row.after,
        at=row.at,
        announced_to=row.announced_to,
    )
