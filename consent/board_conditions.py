"""Conditions of approvals: what the bank answers, what a member confirms as met.

An open condition bounds how long its approval holds (see `consent.board.hold_until`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, select, update

from audit.work import Work
from consent import board, board_members
from consent.board_tables import board_condition
from consent.facts import BoardSubjectKind
from consent.policy import record_policy
from consent.tables import board_decision, board_subject
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId

_LONGEST: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One condition of a decision that is the last about its thing.

    Attributes:
        answer: what the bank says it has done; empty if nothing yet.
    """

    decision_id: UUID
    no: int
    kind: BoardSubjectKind
    subject_id: str
    words: str
    due_at: datetime
    answer: str
    answered_at: datetime | None
    met_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Say whether the condition was not met in time, which stops the thing."""
        return self.met_at is None and self.due_at <= now


def unmet(snap: Snapshot) -> list[Demand]:
    """Return every open condition, the earliest due first."""
    query = _query().where(board_condition.c.met_at.is_(None))
    rows = snap.connection.execute(query.order_by(board_condition.c.due_at))
    return [_read(row) for row in rows]


def of_subject(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> list[Demand]:
    """Return the conditions of the last decision about a thing."""
    query = _query().where(
        board_subject.c.kind == kind.value, board_subject.c.subject_id == subject_id
    )
    rows = snap.connection.execute(query.order_by(board_condition.c.no))
    return [_read(row) for row in rows]


def answer(work: Work, decision_id: UUID, no: int, words: str, *, actor: str) -> None:
    """Note what the bank says it has done; the condition stays open.

    Raises:
        NotFound: `board.no-condition`.
        Conflict: `board.condition-met` already.
        Invalid: `board.answer` is empty or too long.
    """
    if not words.strip() or len(words) > _LONGEST:
        raise Invalid("board.answer", f"1 to {_LONGEST} characters.")
    _unmet(work, decision_id, no)
    _update(work, decision_id, no, answer=words.strip(), answered_at=work.now)
    _record(work, "condition-answered", actor, decision_id)


def confirm(work: Work, decision_id: UUID, no: int, *, account_id: AccountId) -> None:
    """Note that a condition is met, by a sitting member without a conflict.

    Raises:
        NotFound: `board.no-condition`.
        Conflict: `board.condition-met` already, or `board.condition-overdue`; what has
            stopped needs a new decision, which one member alone cannot make.
        Forbidden: `member.not-sitting` or `member.conflict`.
    """
    demand = _unmet(work, decision_id, no)
    if demand.is_overdue(work.now):
        raise Conflict("board.condition-overdue", "A new decision is needed.")
    board_members.require_deciding(
        work, account_id, board.recipient_of(work, demand.kind, demand.subject_id)
    )
    actor = f"board:{account_id}"
    _update(work, decision_id, no, met_at=work.now, met_by=actor)
    board.hold_until(work, decision_id)
    _record(work, "condition-met", actor, decision_id)


def _query() -> Select[Any]:
    return (
        select(board_condition, board_subject.c.kind, board_subject.c.subject_id)
        .join(
            board_decision,
            board_decision.c.decision_id == board_condition.c.decision_id,
        )
        .join(
            board_subject,
            (board_subject.c.kind == board_decision.c.kind)
            & (board_subject.c.subject_id == board_decision.c.subject_id)
            & (board_subject.c.decision_id == board_decision.c.decision_id),
        )
    )


def _is(decision_id: UUID, no: int) -> Any:
    is_of = board_condition.c.decision_id == decision_id
    return is_of & (board_condition.c.no == no)


def _unmet(work: Work, decision_id: UUID, no: int) -> Demand:
    row = work.connection.execute(_query().where(_is(decision_id, no))).first()
    if row is None:
        raise NotFound("board.no-condition", "There is no such condition.")
    if row.met_at is not None:
        raise Conflict("board.condition-met", "The condition is met already.")
    return _read(row)


def _update(work: Work, decision_id: UUID, no: int, **values: Any) -> None:
    work.connection.execute(
        update(board_condition).where(_is(decision_id, no)).values(**values)
    )


def _read(row: Row[Any]) -> Demand:
    return Demand(
        decision_id=row.decision_id,
        no=row.no,
        kind=BoardSubjectKind(row.kind),
        subject_id=row.subject_id,
        words=row.words,
        due_at=row.due_at,
        answer=row.answer,
        answered_at=row.answered_at,
        met_at=row.met_at,
    )


def _record(work: Work, action: str, actor: str, decision_id: UUID) -> None:
    record_policy(work, f"board.{action}", actor=actor, about=str(decision_id))
