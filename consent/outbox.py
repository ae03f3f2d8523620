"""What must be told to somebody outside, put down in the unit of work of the act.

    put ─► waiting ─lease, send─► sent
              │  ▲ ◄─ failure: waits longer each time (`consent.retrying`)
              └──┴─ after some days and attempts ─► dead ─again (operator)─► waiting

At least once: a worker takes rows by a lease, sends outside any transaction and settles
them under the same lease. If it dies in between, the lease runs out and another sends
again, with the same id, by which the receiver knows a repeat; a worker that comes late
settles nothing (`consent.leasing`).

The content is sealed: under the evidence key of a consent, if it is about one, so that
the end of it can still be told after its person was erased; else under the account key
of its owner. What was sent is empty. Who reads the table learns which recipient is to
be told of which person, what consents say in clear already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent.outbox_tables import outbox
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import BANK, OwnerId, RecipientId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.outbox"
"""Label of the envelopes; the object id is that of the row."""
VERSION: Final = 1
"""Version that the envelopes are bound to; a content never changes."""
_OF_CONSENT: Final = 50
_c = outbox.c


class OutboxKind(StrEnum):
    """By which way something goes out."""

    CALLBACK = "callback"
    MAIL = "mail"


class OutboxState(StrEnum):
    """Where something that goes out stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Something to be told.

    Attributes:
        kind: by which way.
        topic: what it is about, a word of the way's own closed list.
        content: what is said; canonical JSON, sealed.
        recipient_id: the organisation that is told, if it is one.
        client_id: the software of it that is told; None leaves that to the delivery.
        owner: whom it is about; the bank where it is about nobody.
        generation: key generation of the consent that it is about; None seals it under
            the account key of the owner.
    """

    kind: OutboxKind
    topic: str
    content: Mapping[str, Any]
    recipient_id: RecipientId | None = None
    client_id: str | None = None
    owner: OwnerId = BANK
    generation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A row of the outbox.

    Attributes:
        due_at: when it is tried next, while it waits.
        failure: code of what went wrong last; empty if nothing did.
        lease: under which it was taken; None if it is not.
        settled_at: when it was sent or given up.
    """

    owner: OwnerId
    outbox_id: UUID
    kind: OutboxKind
    topic: str
    recipient_id: RecipientId | None
    client_id: str | None
    state: OutboxState
    put_at: datetime
    due_at: datetime
    attempts: int
    failure: str
    lease: UUID | None
    settled_at: datetime | None
    key_class: int
    generation: int
    envelope: bytes


def put(work: Work, what: Outgoing) -> UUID:
    """Put something down to be told; it goes out only if the unit of work commits.

    Returns:
        Its id, by which whoever is told knows a repeat.

    Raises:
        KeyUnavailable: the key of the owner, or of the consent, is destroyed.
    """
    if what.generation is None:
        key_class = KeyClass.ACCOUNT
        key = work.keys.ensure(work.connection, what.owner, key_class, now=work.now)
    else:
        key_class = KeyClass.CONSENT
        key = work.keys.open(work.connection, what.owner, key_class, what.generation)
    outbox_id = work.ids.new()
    envelope = work.keys.seal(
        work.connection, key, outbox_id, VERSION, LABEL, canonical(dict(what.content))
    )
    work.connection.execute(
        insert(outbox).values(
            owner_id=what.owner,
            outbox_id=outbox_id,
            kind=what.kind.value,
            topic=what.topic,
            recipient_id=what.recipient_id,
            client_id=what.client_id,
            state=OutboxState.WAITING.value,
            put_at=work.now,
            due_at=work.now,
            attempts=0,
            failure="",
            key_class=key_class,
            generation=key.generation,
            envelope=envelope,
        )
    )
    return outbox_id


def opened(snap: Snapshot, keys: Keyring, found: Entered) -> Any:
    """Open what is to be said.

    Raises:
        KeyUnavailable: its key was destroyed, so nothing may be said any more.
    """
    key = keys.open(snap.connection, found.owner, found.key_class, found.generation)
    return parse_canonical(
        keys.unseal(key, found.envelope, found.outbox_id, VERSION, LABEL)
    )


def again(work: Work, owner: OwnerId, outbox_id: UUID) -> Entered:
    """Try once more what was given up, from the beginning; it keeps its id.

    Raises:
        NotFound: `outbox.unknown`.
        Conflict: `outbox.not-dead`; it waits, or was sent.
    """
    found = get(work, owner, outbox_id)
    done = work.connection.execute(
        update(outbox)
        .where(*is_row(found), _c.state == OutboxState.DEAD.value)
        .values(
            state=OutboxState.WAITING.value,
            put_at=work.now,
            due_at=work.now,
            attempts=0,
            settled_at=None,
        )
    )
    if not done.rowcount:
        raise Conflict("outbox.not-dead", "It was not given up.")
    return found


def get(snap: Snapshot, owner: OwnerId, outbox_id: UUID) -> Entered:
    """Return a row; NotFound `outbox.unknown` if there is none."""
    found = _list(snap, _c.owner_id == owner, _c.outbox_id == outbox_id, limit=1)
    if not found:
        raise NotFound("outbox.unknown", "There is no such entry.")
    return found[0]


def of_consent(snap: Snapshot, owner: OwnerId, generation: int) -> list[Entered]:
    """Return what was or is to be told of a consent, newest first."""
    return _list(snap, *_of_consent(owner, generation), limit=_OF_CONSENT)


def cancel(work: Work, owner: OwnerId, generation: int) -> int:
    """Take back what waits to be told of a consent; return how much that was.

    What is on its way meanwhile settles nothing; whoever hears of it hears of the end
    as well.
    """
    waits = _c.state == OutboxState.WAITING.value
    which = (*_of_consent(owner, generation), waits)
    return work.connection.execute(delete(outbox).where(*which)).rowcount


def dead(snap: Snapshot, *, limit: int) -> list[Entered]:
    """Return what was given up, newest first."""
    query = (
        select(outbox)
        .where(_c.state == OutboxState.DEAD.value)
        .order_by(_c.settled_at.desc(), _c.outbox_id.desc())
        .limit(limit)
    )
    return [read(row) for row in snap.connection.execute(query)]


def find_dead(snap: Snapshot, outbox_id: UUID) -> Entered:
    """Return what was given up by its id alone, for staff, who know no owners.

    Raises:
        NotFound: `outbox.unknown`; nothing of this id was given up.
    """
    is_dead = _c.state == OutboxState.DEAD.value
    found = _list(snap, is_dead, _c.outbox_id == outbox_id, limit=1)
    if not found:
        raise NotFound("outbox.unknown", "Nothing of this id was given up.")
    return found[0]


def of_recipient(
    snap: Snapshot, recipient_id: RecipientId, *, before: UUID | None, limit: int
) -> list[Entered]:
    """Return what a recipient is or was told, newest first, behind a place."""
    which = [_c.recipient_id == recipient_id]
    if before is not None:
        which.append(_c.outbox_id < before)
    return _list(snap, *which, limit=limit)


def overdue_since(snap: Snapshot) -> datetime | None:
    """Return when the oldest of what waits was first due; None if nothing waits."""
    waits = _c.state == OutboxState.WAITING.value
    return snap.connection.scalar(
        select(_c.due_at).where(waits).order_by(_c.due_at).limit(1)
    )


def forget(work: Work, owner: OwnerId) -> None:
    """Delete what is there of a person, for erasure.

    What recipients have yet to be told of the end of consents waits on: it lies under
    the evidence of those consents and goes with it (`consent.evidence`).
    """
    ends = and_(_c.state == OutboxState.WAITING.value, _c.key_class == KeyClass.CONSENT)
    work.connection.execute(delete(outbox).where(_c.owner_id == owner, ~ends))


def is_row(found: Entered) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that names a row."""
    return (_c.owner_id == found.owner, _c.outbox_id == found.outbox_id)


def _of_consent(owner: OwnerId, generation: int) -> tuple[ColumnElement[bool], ...]:
    is_evidence = _c.key_class == KeyClass.CONSENT
    return (_c.owner_id == owner, is_evidence, _c.generation == generation)


def _list(snap: Snapshot, *which: ColumnElement[bool], limit: int) -> list[Entered]:
    query = select(outbox).where(*which).order_by(_c.outbox_id.desc()).limit(limit)
    return [read(row) for row in snap.connection.execute(query)]


def read(row: Row[Any]) -> Entered:
    """Return what a row of the table says."""
    return Entered(
        owner=OwnerId(row.owner_id),
        outbox_id=row.outbox_id,
        kind=OutboxKind(row.kind),
        topic=row.topic,
        recipient_id=row.recipient_id,
        client_id=row.client_id,
        state=OutboxState(row.state),
        put_at=row.put_at,
        due_at=row.due_at,
        attempts=row.attempts,
        failure=row.failure,
        lease=row.lease,
        settled_at=row.settled_at,
        key_class=row.key_class,
        generation=row.generation,
        envelope=bytes(row.envelope),
    )
