"""What the ethics board decided so far, and when it looks at it again (G-07)."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from consent.board_decision import Condition, Decision, DecisionRecord, Present
from consent.board_tables import board_condition
from consent.facts import BoardResult, BoardSubjectKind
from consent.tables import board_decision, board_subject
from pds.core.database import Snapshot


def history(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str
) -> list[DecisionRecord]:
    """Return every decision about a thing, newest first."""
    query = (
        select(board_decision)
        .where(
            board_decision.c.kind == kind.value,
            board_decision.c.subject_id == subject_id,
        )
        .order_by(
            board_decision.c.decided_at.desc(), board_decision.c.decision_id.desc()
        )
    )
    rows = snap.connection.execute(query).all()
    conditions = _conditions(snap, [row.decision_id for row in rows])
    return [_read(row, tuple(conditions.get(row.decision_id, ()))) for row in rows]


def reviews(snap: Snapshot) -> dict[tuple[BoardSubjectKind, str], datetime]:
    """Return when each last decision is to be looked at again, of those that say it."""
    query = select(
        board_subject.c.kind, board_subject.c.subject_id, board_decision.c.review_at
    ).join(
        board_decision,
        (board_decision.c.kind == board_subject.c.kind)
        & (board_decision.c.subject_id == board_subject.c.subject_id)
        & (board_decision.c.decision_id == board_subject.c.decision_id),
    )
    rows = snap.connection.execute(query.where(board_decision.c.review_at.is_not(None)))
    return {(BoardSubjectKind(row.kind), row.subject_id): row.review_at for row in rows}


def _conditions(
    snap: Snapshot, decision_ids: Sequence[UUID]
) -> dict[UUID, list[Condition]]:
    query = (
        select(board_condition)
        .where(board_condition.c.decision_id.in_(decision_ids))
        .order_by(board_condition.c.decision_id, board_condition.c.no)
    )
    found: dict[UUID, list[Condition]] = {}
    for row in snap.connection.execute(query):
        each = Condition(row.words, row.due_at)
        found.setdefault(row.decision_id, []).append(each)
    return found


def _read(row: Row[Any], conditions: tuple[Condition, ...]) -> DecisionRecord:
    summary = {"ja": row.summary_ja, "en": row.summary_en}
    decision = Decision(
        kind=BoardSubjectKind(row.kind),
        subject_id=row.subject_id,
        subject_version=row.subject_version,
        result=BoardResult(row.result),
        answers=json.loads(row.answers),
        valid_until=row.valid_until,
        conditions=conditions,
        dissent=row.dissent,
        summary=summary if any(summary.values()) else {},
        review_at=row.review_at,
        continues=row.continues,
        continues_because=row.continues_because,
    )
    return DecisionRecord(
        decision_id=row.decision_id,
        decision=decision,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        present=tuple(Present(**each) for each in json.loads(row.present)),
        note=row.conditions,
    )
