"""Requests: how they are kept and found, and what all their steps have in common.

A step names the states from which it may be taken, in the statement that changes the
row, so that of two who act at once one meets a conflict.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.rights.desk import papers, telling
from pds.rights.desk.kinds import (
    OPEN,
    Authority,
    RequestChannel,
    RequestGround,
    RequestKind,
    RequestOutcome,
    RequestState,
    RequestStep,
    SourceAnswer,
)
from pds.rights.desk.law import RefusalGround
from pds.rights.desk.tables import rights_request

CLOSES_AFTER: Final = timedelta(days=30)
"""How long an answer waits to be read before the request is closed."""
MOST_SHOWN: Final = 100
_MOST: Final = 100
_c = rights_request.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request and where it stands; what was written is in its papers.

    Attributes:
        ground: why use or provision should stop, if it was said.
        on_paper: whether the answer is wanted on paper and not as a file.
        agent_kind: by what an agent acts; None if the person asks.
        agent_link_id: the link to an agent that is kept elsewhere.
        record_id: the record concerned, if it is one.
        source_id: where that record came from, or where it was forwarded.
        checked_by: who of staff found the proof sound.
        assigned_to: who of staff has it.
        answered_at: when it was refused, or what was granted was carried out.
    """

    owner: OwnerId
    request_id: UUID
    kind: RequestKind
    state: RequestState
    channel: RequestChannel
    ground: RequestGround
    on_paper: bool
    agent_kind: Authority | None
    agent_link_id: UUID | None
    record_id: UUID | None
    source_id: UUID | None
    source_answer: SourceAnswer | None
    outcome: RequestOutcome | None
    refusal: RefusalGround | None
    checked_by: AccountId | None
    assigned_to: AccountId | None
    received_at: datetime
    due_at: datetime
    forwarded_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the bank owes an answer, or the act that it granted."""
        return self.state in OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Say whether the answer comes, or came, later than the bank promised."""
        if self.state is RequestState.TAKEN_BACK:
            return False
        return (self.answered_at or now) > self.due_at


def of_person(
    snap: Snapshot, owner: OwnerId, *, agent: UUID | None = None
) -> list[Request]:
    """Return a person's requests, newest first; to an agent, those it may know of.

    A complaint may be about the agent, so no agent is shown one of somebody else's.
    """
    mine = _c.owner_id == owner
    if agent is not None:
        is_open = _c.kind != RequestKind.COMPLAINT.value
        mine &= or_(is_open, _c.agent_link_id == agent)
    return listed(snap, mine, _c.request_id.desc(), MOST_SHOWN)


def get(
    snap: Snapshot, owner: OwnerId, request_id: UUID, *, agent: UUID | None = None
) -> Request:
    """Return one request of a person, by themselves or through the link of an agent.

    Raises:
        NotFound: `rights.unknown`; it is not theirs, or a complaint that is not this
            agent's.
    """
    found = find(snap, request_id)
    is_hidden = (
        agent is not None
        and found.kind is RequestKind.COMPLAINT
        and found.agent_link_id != agent
    )
    if found.owner != owner or is_hidden:
        raise unknown()
    return found


def promised(snap: Snapshot, owner: OwnerId, record_id: UUID) -> Request | None:
    """Return the granted correction of a record that is not carried out yet."""
    query = select(rights_request).where(
        _c.owner_id == owner,
        _c.record_id == record_id,
        _c.kind == RequestKind.CORRECTION.value,
        _c.state == RequestState.PROMISED.value,
    )
    row = snap.connection.execute(query).first()
    return None if row is None else read(row)


def find(snap: Snapshot, request_id: UUID) -> Request:
    """Return a request by its number alone, for staff; NotFound `rights.unknown`."""
    query = select(rights_request).where(_c.request_id == request_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise unknown()
    return read(row)


def listed(
    snap: Snapshot,
    which: ColumnElement[bool],
    order: ColumnElement[Any],
    limit: int,
) -> list[Request]:
    """Return requests that meet a condition, in an order that an index has.

    Those that the order does not tell apart follow by their numbers.
    """
    ordered = select(rights_request).where(which).order_by(order, _c.request_id)
    query = ordered.limit(limit)
    return [read(row) for row in snap.connection.execute(query)]


def change(
    work: Work,
    request_id: UUID,
    states: Collection[RequestState],
    *conditions: ColumnElement[bool],
    **values: Any,
) -> Request:
    """Take a request from one of some states into another; return it as it is now.

    Raises:
        Conflict: `rights.not-possible-now`; it is in another state, or a condition
            does not hold.
    """
    row = work.connection.execute(
        update(rights_request)
        .where(
            _c.request_id == request_id,
            _c.state.in_([each.value for each in states]),
            *conditions,
        )
        .values(**values)
        .returning(rights_request)
    ).first()
    if row is None:
        raise Conflict("rights.not-possible-now", "Its state does not allow this.")
    return read(row)


def record(
    work: Work, request: Request, step: RequestStep, *codes: str | None, actor: str
) -> None:
    """Record a step in the person's log: codes and the number, never a text."""
    reasons = [f"right.{step}", request.kind.value, *filter(None, codes)]
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=request.owner,
            detail={
                "actor": actor,
                "object": named(request.request_id),
                "reasons": " ".join(reasons),
            },
        )
    )
    telling.of_step(work, request.owner, request.request_id, step, actor)


def named(request_id: UUID) -> str:
    """Return how the log's entries name a request."""
    return f"request:{request_id}"


def due_to_close(snap: Snapshot) -> list[Request]:
    """Return requests whose answer waited long enough to be read."""
    late = _c.answered_at <= snap.now - CLOSES_AFTER
    is_answered = _c.state == RequestState.ANSWERED.value
    return listed(snap, late & is_answered, _c.answered_at, _MOST)


def close(work: Work, request: Request, *, actor: str) -> None:
    """Close a request that was answered.

    Raises:
        Conflict: `rights.not-possible-now`; it is not answered, or closed already.
    """
    done = change(
        work,
        request.request_id,
        (RequestState.ANSWERED,),
        state=RequestState.CLOSED,
        closed_at=work.now,
    )
    record(work, done, RequestStep.CLOSED, actor=actor)


def due_to_delete(snap: Snapshot, before: datetime) -> list[Request]:
    """Return requests that were closed before a moment."""
    return listed(snap, _c.closed_at < before, _c.closed_at, _MOST)


def delete_one(work: Work, request: Request) -> None:
    """Delete a request with its papers; the log tells of it."""
    papers.forget(work, request.owner, request.request_id)
    work.connection.execute(
        delete(rights_request).where(
            _c.owner_id == request.owner, _c.request_id == request.request_id
        )
    )


def forget(work: Work, owner: OwnerId) -> None:
    """Delete every request of a person, for erasure; the log tells of each."""
    papers.forget(work, owner)
    work.connection.execute(delete(rights_request).where(_c.owner_id == owner))


def unknown() -> NotFound:
    """Return the one answer for what is not there and what is somebody else's."""
    return NotFound("rights.unknown", "There is no such request.")


def read(row: Any) -> Request:
    """Return a row as a request."""
    return Request(
        owner=OwnerId(row.owner_id),
        request_id=row.request_id,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        channel=RequestChannel(row.channel),
        ground=RequestGround(row.ground),
        on_paper=bool(row.on_paper),
        agent_kind=Authority(row.agent_kind) if row.agent_kind else None,
        agent_link_id=row.agent_link_id,
        record_id=row.record_id,
        source_id=row.source_id,
        source_answer=SourceAnswer(row.source_answer) if row.source_answer else None,
        outcome=RequestOutcome(row.outcome) if row.outcome else None,
        refusal=RefusalGround(row.refusal) if row.refusal else None,
        checked_by=AccountId(row.checked_by) if row.checked_by else None,
        assigned_to=AccountId(row.assigned_to) if row.assigned_to else None,
        received_at=row.received_at,
        due_at=row.due_at,
        forwarded_at=row.forwarded_at,
        answered_at=row.answered_at,
        closed_at=row.closed_at,
    )
