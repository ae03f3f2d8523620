"""Proposals of the board and the votes on them, as rows; `board_votes` decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from consent import board_members
from consent.board import Condition, Decision
from consent.board_member import Member
from consent.board_rule import Vote
from consent.board_tables import board_ballot, board_proposal
from consent.facts import BoardResult, BoardSubjectKind
from pds.core.clock import from_millis, to_millis
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound

_CONTINUING_VERSION: Final = 2
"""Version of what is voted on where consents to an earlier text would go on."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    CARRIED = "carried"
    DEFEATED = "defeated"
    LAPSED = "lapsed"
    TAKEN_BACK = "taken-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A decision that members vote on."""

    proposal_id: UUID
    decision: Decision
    proposed_by: UUID
    proposed_at: datetime
    closes_at: datetime
    state: ProposalState
    decided_at: datetime | None
    decision_id: UUID | None


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one member said, and why."""

    member: Member
    vote: Vote
    words: str
    cast_at: datetime


def ballots(snap: Snapshot, proposal: Proposal) -> list[Ballot]:
    """Return the votes of a proposal in the order they were cast."""
    query = (
        select(board_ballot)
        .where(board_ballot.c.proposal_id == proposal.proposal_id)
        .order_by(board_ballot.c.cast_at, board_ballot.c.member_id)
    )
    rows = snap.connection.execute(query).all()
    members = {each.member_id: each for each in board_members.every(snap)}
    return [
        Ballot(members[row.member_id], Vote(row.vote), row.words, row.cast_at)
        for row in rows
    ]


def get(snap: Snapshot, proposal_id: UUID) -> Proposal:
    """Return a proposal; NotFound `board.no-proposal` if there is none."""
    query = select(board_proposal).where(board_proposal.c.proposal_id == proposal_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("board.no-proposal", "There is no such proposal.")
    return _read(row, snap.now)


def of_subject(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str
) -> list[Proposal]:
    """Return every proposal about a thing, newest first."""
    query = select(board_proposal).where(
        board_proposal.c.kind == kind.value, board_proposal.c.subject_id == subject_id
    )
    rows = snap.connection.execute(query.order_by(board_proposal.c.proposal_id.desc()))
    return [_read(row, snap.now) for row in rows]


def still_open(snap: Snapshot) -> list[Proposal]:
    """Return every proposal that can be voted on, oldest first."""
    query = select(board_proposal).where(
        board_proposal.c.state == ProposalState.OPEN.value,
        board_proposal.c.closes_at > snap.now,
    )
    rows = snap.connection.execute(query.order_by(board_proposal.c.proposal_id))
    return [_read(row, snap.now) for row in rows]


def add(work: Work, decision: Decision, proposed_by: UUID, closes_at: datetime) -> UUID:
    """Enter an open proposal and return its id."""
    proposal_id = work.ids.new()
    row = {
        "proposal_id": proposal_id,
        "kind": decision.kind.value,
        "subject_id": decision.subject_id,
        "decision": canonical(_written(decision)),
        "proposed_by": proposed_by,
        "proposed_at": work.now,
        "closes_at": closes_at,
        "state": ProposalState.OPEN.value,
    }
    work.connection.execute(insert(board_proposal).values(row))
    return proposal_id


def hold(work: Work, proposal_id: UUID) -> Proposal:
    """Hold the proposal until the transaction ends, so that votes come one by one."""
    query = (
        select(board_proposal)
        .where(board_proposal.c.proposal_id == proposal_id)
        .with_for_update()
    )
    row = work.connection.execute(query).first()
    if row is None:
        raise NotFound("board.no-proposal", "There is no such proposal.")
    proposal = _read(row, work.now)
    if proposal.state is not ProposalState.OPEN:
        raise Conflict("board.closed", "The vote is over.")
    return proposal


def cast(work: Work, proposal_id: UUID, member: Member, said: Vote, words: str) -> None:
    """Write down a member's vote; Conflict `board.voted` if there is one already."""
    row = {
        "proposal_id": proposal_id,
        "member_id": member.member_id,
        "vote": said.value,
        "words": words,
        "cast_at": work.now,
    }
    try:
        with work.connection.begin_nested():
            work.connection.execute(insert(board_ballot).values(row))
    except IntegrityError:
        raise Conflict("board.voted", "You have voted already.") from None


def close(
    work: Work,
    proposal: Proposal,
    state: ProposalState,
    decision_id: UUID | None = None,
) -> None:
    """End a vote; `decision_id` is the decision that it became, if it was carried."""
    work.connection.execute(
        update(board_proposal)
        .where(board_proposal.c.proposal_id == proposal.proposal_id)
        .values(state=state.value, decided_at=work.now, decision_id=decision_id)
    )


def _written(decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = {
        "v": 1,
        "version": decision.subject_version,
        "result": decision.result.value,
        "answers": dict(decision.answers),
        "valid_until": to_millis(decision.valid_until),
        "conditions": [
            {"words": each.words, "due_at": to_millis(each.due_at)}
            for each in decision.conditions
        ],
        "dissent": decision.dissent,
        "summary": dict(decision.summary),
    }
    if decision.review_at is not None:
        found["review_at"] = to_millis(decision.review_at)
    if decision.continues:
        found["v"] = _CONTINUING_VERSION
        found["continues"] = decision.continues
        found["continues_because"] = decision.continues_because
    return found


def _read(row: Row[Any], now: datetime) -> Proposal:
    state = ProposalState(row.state)
    if state is ProposalState.OPEN and row.closes_at <= now:
        state = ProposalState.LAPSED
    written = parse_canonical(bytes(row.decision))
    return Proposal(
        proposal_id=row.proposal_id,
        decision=_read_decision(row, written),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        closes_at=row.closes_at,
        state=state,
        decided_at=row.decided_at,
        decision_id=row.decision_id,
    )


def _read_decision(row: Row[Any], written: Mapping[str, Any]) -> Decision:
    return Decision(
        kind=BoardSubjectKind(row.kind),
        subject_id=row.subject_id,
        subject_version=written["version"],
        result=BoardResult(written["result"]),
        answers=written["answers"],
        valid_until=from_millis(written["valid_until"]),
        conditions=tuple(
            Condition(each["words"], from_millis(each["due_at"]))
            for each in written["conditions"]
        ),
        dissent=written["dissent"],
        summary=written["summary"],
        review_at=from_millis(written["review_at"]),
        continues=written.get("continues", ""),
        continues_because=written.get("continues_because", ""),
    )
