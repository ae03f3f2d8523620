"""Keeps a person's standing instructions: made, changed, ended, with their history.

Each act is the person's alone: it bumps the fence, so that a disclosure decided before
a *never* does not commit after it, and is an entry of the person's log. The set is
sealed under the account key and goes with it; a judgement keeps what it rested on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from audit import person
from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import instruction_record as record
from consent.instruction_tables import instruction_event, instruction_set
from consent.instructions import Stance, StandingInstruction, check
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.instructions"
"""Label of the set; the object id is the owner's, the version the set's."""
EVENT_LABEL: Final = b"sys.instruction"
"""Label of an event; the object id is the instruction's, the version its number."""
MOST: Final = 100
"""Instructions that a person may have at once."""
_s, _e = instruction_set.c, instruction_event.c


class InstructionEvent(StrEnum):
    """What happened to an instruction."""

    MADE = "made"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionSet:
    """A person's instructions as they stand; version 0 and empty before the first."""

    version: int
    instructions: tuple[StandingInstruction, ...]

    def get(self, instruction_id: UUID) -> StandingInstruction:
        """Return one; NotFound `instruction.unknown` if the person has no such."""
        for each in self.instructions:
            if each.instruction_id == instruction_id:
                return each
        raise NotFound("instruction.unknown", "The person has no such instruction.")

    def replaced(self, instruction: StandingInstruction) -> "InstructionSet":
        """Return the set with an instruction in place of its earlier version."""
        others = (
            each
            for each in self.instructions
            if each.instruction_id != instruction.instruction_id
        )
        return InstructionSet(version=self.version, instructions=(*others, instruction))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvent:
    """What happened, and the instruction as it stood then."""

    no: int
    event: InstructionEvent
    at: datetime
    instruction: StandingInstruction


NOTHING: Final = InstructionSet(version=0, instructions=())


def current(snap: Snapshot, keys: Keyring, owner: OwnerId) -> InstructionSet:
    """Return a person's instructions, ended ones left out, expired ones not.

    Raises:
        KeyUnavailable: the account was erased.
    """
    row = snap.connection.execute(
        select(_s.version, _s.generation, _s.envelope).where(_s.owner_id == owner)
    ).first()
    if row is None:
        return NOTHING
    return InstructionSet(
        version=row.version,
        instructions=opened(snap, keys, owner, tuple(row)),
    )


def opened(
    snap: Snapshot, keys: Keyring, owner: OwnerId, row: tuple[int, int, bytes]
) -> tuple[StandingInstruction, ...]:
    """Open a set from its version, key generation and envelope.

    Raises:
        KeyUnavailable: the account was erased.
    """
    version, generation, envelope = row
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, generation)
    return _decoded(keys.unseal(key, bytes(envelope), owner, version, LABEL))


@lru_cache(maxsize=1024)
def _decoded(data: bytes) -> tuple[StandingInstruction, ...]:
    return record.decode(data)


def save(work: Work, owner: OwnerId, wish: StandingInstruction) -> StandingInstruction:
    """Make an instruction, or put a changed one in the place of its earlier version.

    Id, version, vocabulary and moment of the wish are set here; the id is kept where it
    is one of the person's.

    Raises:
        Forbidden: `accounts.closed`.
        Invalid: see `consent.instructions.check`.
        Conflict: `instruction.too-many`.
    """
    require_in_use(work, owner)
    found = current(work, work.keys, owner)
    before = [
        each
        for each in found.instructions
        if each.instruction_id == wish.instruction_id
    ]
    made = replace(
        wish,
        instruction_id=wish.instruction_id if before else work.ids.new(),
        version=before[0].version + 1 if before else 1,
        vocabulary=categories.VERSION,
        made_at=work.now,
    )
    check(made, work.now)
    after = found.replaced(made)
    if len(after.instructions) > MOST:
        raise Conflict("instruction.too-many", "There are too many instructions.")
    event = InstructionEvent.CHANGED if before else InstructionEvent.MADE
    _keep(work, owner, after, event, made)
    return made


def end(work: Work, owner: OwnerId, instruction_id: UUID) -> StandingInstruction:
    """End an instruction, at any time and without a reason.

    Raises:
        Forbidden: `accounts.closed`.
        NotFound: `instruction.unknown`.
    """
    require_in_use(work, owner)
    found = current(work, work.keys, owner)
    ended = found.get(instruction_id)
    left = tuple(each for each in found.instructions if each != ended)
    after = InstructionSet(version=found.version, instructions=left)
    _keep(work, owner, after, InstructionEvent.ENDED, ended)
    return ended


def history(snap: Snapshot, keys: Keyring, owner: OwnerId) -> list[PastEvent]:
    """Return what happened to a person's instructions, newest first.

    Raises:
        KeyUnavailable: the account was erased.
    """
    query = select(instruction_event).where(_e.owner_id == owner).order_by(_e.no.desc())
    return [
        _past(snap, keys, owner, row) for row in snap.connection.execute(query).all()
    ]


def due(snap: Snapshot, *, limit: int) -> list[OwnerId]:
    """Return persons for whom the bank looks for offers now, longest due first."""
    query = (
        select(_s.owner_id)
        .where(_s.judge_at <= snap.now)
        .order_by(_s.judge_at)
        .limit(limit)
    )
    return [OwnerId(row.owner_id) for row in snap.connection.execute(query)]


def look_again(work: Work, owner: OwnerId, at: datetime | None) -> None:
    """Say when the bank looks for offers next; never, if None."""
    work.connection.execute(
        update(instruction_set).where(_s.owner_id == owner).values(judge_at=at)
    )


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's instructions with their history, for erasure."""
    for table in (instruction_set, instruction_event):
        work.connection.execute(delete(table).where(table.c.owner_id == owner))


def _keep(
    work: Work,
    owner: OwnerId,
    after: InstructionSet,
    event: InstructionEvent,
    about: StandingInstruction,
) -> None:
    number = after.version + 1
    person.bump_fence(work, owner)
    _record(work, owner, event, about)
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)

    def sealed(name: UUID, label: bytes, content: bytes) -> bytes:
        return work.keys.seal(work.connection, key, name, number, label, content)

    allows = any(each.stance is Stance.ALLOW for each in after.instructions)
    work.connection.execute(delete(instruction_set).where(_s.owner_id == owner))
    work.connection.execute(
        insert(instruction_set).values(
            owner_id=owner,
            version=number,
            generation=key.generation,
            envelope=sealed(owner, LABEL, record.encode(after.instructions)),
            judge_at=work.now if allows else None,
        )
    )
    work.connection.execute(
        insert(instruction_event).values(
            owner_id=owner,
            no=number,
            instruction_id=about.instruction_id,
            event=event.value,
            at=work.now,
            generation=key.generation,
            envelope=sealed(about.instruction_id, EVENT_LABEL, record.encode([about])),
        )
    )


def _record(
    work: Work, owner: OwnerId, event: InstructionEvent, about: StandingInstruction
) -> None:
    named = {"instruction": str(about.instruction_id), "version": about.version}
    detail = {
        "actor": "person",
        "object": canonical(named).decode(),
        "reasons": f"instruction.{event.value}",
    }
    work.log.record(Entry(type=EventType.POLICY_EVENT, subject=owner, detail=detail))


def _past(snap: Snapshot, keys: Keyring, owner: OwnerId, row: Any) -> PastEvent:
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    data = keys.unseal(
        key, bytes(row.envelope), row.instruction_id, row.no, EVENT_LABEL
    )
    (instruction,) = record.decode(data)
    return PastEvent(
        no=row.no,
        event=InstructionEvent(row.event),
        at=row.at,
        instruction=instruction,
    )
