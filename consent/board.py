"""Decisions of the data ethics board (データ倫理審査会, G-03 to G-06, D-10).

Nothing is live without a decision in force: recipients, contracts and offers each need
one about the version that is live. Decisions are only added; the last one counts.
`consent.board_votes` makes them, once a quorum of members has voted; this module
writes them down. While a condition of an approval is open, the approval holds until
the condition is due and no longer, so that no gate has to know of conditions.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from audit.work import Work
from consent import board_decision as complete
from consent import recipients
from consent.board_decision import Condition, Decision, DecisionRecord, Present
from consent.board_history import history, reviews
from consent.board_questions import QUESTIONS
from consent.board_tables import board_condition
from consent.facts import OF_THE_BOARD, BoardFacts, BoardResult, BoardSubjectKind
from consent.policy import record_policy
from consent.tables import board_decision, board_subject, offer, recipient_contract
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import RecipientId

__all__ = [
    "QUESTIONS",
    "Condition",
    "Decision",
    "DecisionRecord",
    "Present",
    "current",
    "decide",
    "history",
    "hold_until",
    "is_in_force",
    "recipient_of",
    "require",
    "reviews",
    "stop",
]

_APPROVING = (BoardResult.APPROVED, BoardResult.APPROVED_WITH_CONDITIONS)


def decide(
    work: Work,
    decision: Decision,
    *,
    actor: str,
    present: Sequence[Present] = (),
) -> UUID:
    """Record a decision, which counts from now on, and return its id.

    Nothing but `consent.board_votes` may call this for a page or a command: a
    decision needs a quorum, which is counted there.

    Raises:
        Invalid: `board.answers` are not exactly the mandatory questions with text,
            `board.conditions` are missing, or `board.valid_until` is past.
    """
    complete.check(decision, work.now)
    decision_id = work.ids.new()
    _add(work, decision_id, decision, actor, present)
    _set_current(work, decision_id, decision)
    _record(work, decision.result.value, actor, decision_id)
    return decision_id


def stop(
    work: Work,
    kind: BoardSubjectKind,
    subject_id: str,
    *,
    actor: str,
    confirm_by: datetime | None = None,
) -> UUID:
    """Stop a thing at once (G-03); only a new decision lets it live again.

    `confirm_by` is when the board shall have confirmed or lifted the stop.

    Raises:
        Conflict: `board.undecided`; there is no decision to stop.
    """
    past = history(work, kind, subject_id)
    if not past:
        raise Conflict("board.undecided", "Nothing was decided about this.")
    last = past[0].decision
    stopped = Decision(
        kind=kind,
        subject_id=subject_id,
        subject_version=last.subject_version,
        result=BoardResult.SUSPENDED,
        answers=last.answers,
        valid_until=last.valid_until,
        review_at=confirm_by,
    )
    decision_id = work.ids.new()
    _add(work, decision_id, stopped, actor, ())
    _set_current(work, decision_id, stopped)
    _record(work, BoardResult.SUSPENDED.value, actor, decision_id)
    return decision_id


def current(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str, *, version: int
) -> BoardFacts:
    """Return what was last decided about a thing whose live version is given."""
    query = select(board_subject).where(
        board_subject.c.kind == kind.value, board_subject.c.subject_id == subject_id
    )
    row = snap.connection.execute(query).first()
    if row is None:
        return BoardFacts(kind=kind, version=version)
    return BoardFacts(
        kind=kind,
        version=version,
        decision_id=row.decision_id,
        decided_version=row.subject_version,
        result=BoardResult(row.result),
        valid_until=row.valid_until,
    )


def is_in_force(decided: BoardFacts, now: datetime) -> bool:
    """Say whether a board decision approves the version that is live now."""
    return (
        decided.result in _APPROVING
        and decided.decided_version == decided.version
        and decided.valid_until is not None
        and now < decided.valid_until
    )


def require(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str, version: int
) -> UUID:
    """Return the decision that lets a version of a thing live now (G-05).

    Raises:
        Conflict: `board.undecided`; none is in force.
    """
    decided = current(snap, kind, subject_id, version=version)
    if decided.decision_id is None or not is_in_force(decided, snap.now):
        raise Conflict("board.undecided", "The ethics board has not approved this.")
    return decided.decision_id


def hold_until(work: Work, decision_id: UUID) -> None:
    """Let an approval hold until its next open condition is due, or to its own end.

    To be called whenever a condition is met. A later decision is left alone.
    """
    row = work.connection.execute(
        select(board_decision).where(board_decision.c.decision_id == decision_id)
    ).one()
    until = [row.valid_until, *_open_dues(work, decision_id)]
    work.connection.execute(
        update(board_subject)
        .where(board_subject.c.decision_id == decision_id)
        .values(valid_until=min(until), fence=board_subject.c.fence + 1)
    )
    _touch(work, BoardSubjectKind(row.kind), row.subject_id)


def _open_dues(snap: Snapshot, decision_id: UUID) -> list[datetime]:
    query = select(board_condition.c.due_at).where(
        board_condition.c.decision_id == decision_id,
        board_condition.c.met_at.is_(None),
    )
    return list(snap.connection.execute(query).scalars())


def _add(
    work: Work,
    decision_id: UUID,
    decision: Decision,
    actor: str,
    present: Sequence[Present],
) -> None:
    row = {
        "kind": decision.kind.value,
        "subject_id": decision.subject_id,
        "decision_id": decision_id,
        "subject_version": decision.subject_version,
        "result": decision.result.value,
        "conditions": "",
        "answers": json.dumps(dict(decision.answers), ensure_ascii=False),
        "dissent": decision.dissent,
        "valid_until": decision.valid_until,
        "decided_by": actor,
        "decided_at": work.now,
        "summary_ja": decision.summary.get("ja", ""),
        "summary_en": decision.summary.get("en", ""),
        "review_at": decision.review_at,
        "present": json.dumps(list(map(asdict, present)), ensure_ascii=False),
        "continues": decision.continues,
        "continues_because": decision.continues_because,
    }
    work.connection.execute(insert(board_decision).values(row))
    for no, condition in enumerate(decision.conditions, 1):
        demanded = {
            "decision_id": decision_id,
            "no": no,
            "words": condition.words,
            "due_at": condition.due_at,
            "answer": "",
        }
        work.connection.execute(insert(board_condition).values(demanded))


def _set_current(work: Work, decision_id: UUID, decision: Decision) -> None:
    values = {
        "decision_id": decision_id,
        "subject_version": decision.subject_version,
        "result": decision.result.value,
        "valid_until": min([decision.valid_until, *_dues(decision)]),
    }
    table = board_subject
    place = {"kind": decision.kind.value, "subject_id": decision.subject_id}
    changed = work.connection.execute(
        update(table)
        .where(*(table.c[name] == value for name, value in place.items()))
        .values(**values, fence=table.c.fence + 1)
    )
    if changed.rowcount == 0:
        work.connection.execute(insert(table).values(**place, **values, fence=1))
    _touch(work, decision.kind, decision.subject_id)


def _dues(decision: Decision) -> list[datetime]:
    return [condition.due_at for condition in decision.conditions]


def _touch(work: Work, kind: BoardSubjectKind, subject_id: str) -> None:
    concerned = recipient_of(work, kind, subject_id)
    if concerned is not None:
        recipients.touch(work, concerned)
    elif kind not in OF_THE_BOARD:
        # What every recipient's provisions may rest on: disclosures that were decided
        # before are decided again, and on PostgreSQL those under way are waited for.
        # So is it with what bites elsewhere, such as a screen: a kind that somebody
        # adds stops too much rather than too little.
        recipients.touch_all(work)


def recipient_of(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str
) -> RecipientId | None:
    """Return whose thing it is that is decided on; None if it is the bank's own."""
    if kind is BoardSubjectKind.RECIPIENT:
        return RecipientId(subject_id)
    if kind not in (BoardSubjectKind.CONTRACT, BoardSubjectKind.OFFER):
        return None
    is_contract = kind is BoardSubjectKind.CONTRACT
    table, name = (
        (recipient_contract, "contract_id") if is_contract else (offer, "offer_id")
    )
    with suppress(ValueError):
        wanted = table.c[name] == UUID(subject_id)
        query = select(table.c.recipient_id).where(wanted).limit(1)
        return snap.connection.execute(query).scalar()
    return None


def _record(work: Work, action: str, actor: str, decision_id: UUID) -> None:
    record_policy(work, f"board.{action}", actor=actor, about=str(decision_id))
