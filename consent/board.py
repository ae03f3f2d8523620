"""Decisions of the data ethics board (データ倫理審査会, G-03 to G-06, D-10).

Nothing is live without a decision in force: recipients, contracts and offers each need
one about the version that is live. Decisions are only added; the last one counts.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from audit.work import Work
from consent import recipients
from consent.facts import BoardFacts, BoardResult, BoardSubjectKind
from consent.policy import record_policy
from consent.tables import board_decision, board_subject, offer, recipient_contract
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RecipientId
from pds.core.vocabulary.words import Words, read_words

QUESTIONS: Mapping[str, Words] = {
    name: read_words(
        {
            "ja": {"name": ja, "explanation": why_ja},
            "en": {"name": en, "explanation": why_en},
        }
    )
    for name, ja, why_ja, en, why_en in (
        (
            "disadvantage",
            "本人の不利益になる使い方はないか",
            "差別、値上げ、断られることなどにつながらないかを確かめます。",
            "Is any use to the person's disadvantage?",
            "Look for discrimination, higher prices, refusals and the like.",
        ),
        (
            "control",
            "本人が自分で決めて止められるか",
            "選ぶ、狭める、止めるための手段がそろっているかを確かめます。",
            "Can the person decide and stop it?",
            "Look for the means to choose, to narrow and to stop.",
        ),
        (
            "necessity",
            "目的に必要な項目だけか",
            "項目、期間、回数、保存期間が目的に見合うかを確かめます。",
            "Is only what the purpose needs asked for?",
            "Weigh items, window, frequency and retention against the purpose.",
        ),
        (
            "benefit",
            "便益は本当にあり、選択をゆがめないか",
            "便益が実在し、大きすぎて断れなくなっていないかを確かめます。",
            "Is the benefit real and not too tempting?",
            "It must exist, and not be so large that nobody could refuse.",
        ),
        (
            "defaults",
            "最初から選ばれているものはないか",
            "断ることが同じように簡単かを確かめます。",
            "Is nothing chosen beforehand?",
            "Refusing must be as easy as agreeing.",
        ),
        (
            "vulnerable",
            "配慮が必要な人に無理はないか",
            "未成年、高齢の方、病気の方などへの影響を確かめます。",
            "Is it fair to people who need care?",
            "Think of minors, the old, the ill and others.",
        ),
    )
}
"""The mandatory questions of every decision, by their stable id (G-06)."""

_LONGEST = 4000
_APPROVING = (BoardResult.APPROVED, BoardResult.APPROVED_WITH_CONDITIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the board says of one version of one thing.

    Attributes:
        kind: what kind of thing it is.
        subject_id: its id as text.
        subject_version: the version that was looked at; recipients have version 1.
        result: what was decided.
        answers: one answer for each of `QUESTIONS`.
        valid_until: first moment at which it no longer holds.
        conditions: what has to be kept, for an approval with conditions.
        dissent: opinions of the minority, if any.
    """

    kind: BoardSubjectKind
    subject_id: str
    subject_version: int
    result: BoardResult
    answers: Mapping[str, str]
    valid_until: datetime
    conditions: str = ""
    dissent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision as recorded."""

    decision_id: UUID
    decision: Decision
    decided_by: str
    decided_at: datetime


def decide(work: Work, decision: Decision, *, actor: str) -> UUID:
    """Record a decision, which counts from now on, and return its id.

    Raises:
        Invalid: `board.answers` are not exactly the mandatory questions with text,
            `board.conditions` are missing, or `board.valid_until` is past.
    """
    _check(decision, work.now)
    decision_id = work.ids.new()
    _add(work, decision_id, decision, actor)
    _set_current(work, decision_id, decision)
    _record(work, decision.result.value, actor, decision_id)
    return decision_id


def stop(work: Work, kind: BoardSubjectKind, subject_id: str, *, actor: str) -> UUID:
    """Stop a thing at once (G-03); only a new decision lets it live again.

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
    )
    decision_id = work.ids.new()
    _add(work, decision_id, stopped, actor)
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
    return [_read(row) for row in snap.connection.execute(query)]


def _check(decision: Decision, now: datetime) -> None:
    texts = [*decision.answers.values(), decision.conditions, decision.dissent]
    if any(len(text) > _LONGEST for text in texts):
        raise Invalid("board.too-long", f"At most {_LONGEST} characters each.")
    if set(decision.answers) != set(QUESTIONS) or not all(
        answer.strip() for answer in decision.answers.values()
    ):
        raise Invalid("board.answers", "Each mandatory question needs an answer.")
    needs = decision.result is BoardResult.APPROVED_WITH_CONDITIONS
    if needs and not decision.conditions.strip():
        raise Invalid("board.conditions", "The conditions are missing.")
    if decision.valid_until <= now:
        raise Invalid("board.valid_until", "The decision would already have expired.")


def _add(work: Work, decision_id: UUID, decision: Decision, actor: str) -> None:
    row = {
        "kind": decision.kind.value,
        "subject_id": decision.subject_id,
        "decision_id": decision_id,
        "subject_version": decision.subject_version,
        "result": decision.result.value,
        "conditions": decision.conditions,
        "answers": json.dumps(dict(decision.answers), ensure_ascii=False),
        "dissent": decision.dissent,
        "valid_until": decision.valid_until,
        "decided_by": actor,
        "decided_at": work.now,
    }
    work.connection.execute(insert(board_decision).values(row))


def _set_current(work: Work, decision_id: UUID, decision: Decision) -> None:
    values = {
        "decision_id": decision_id,
        "subject_version": decision.subject_version,
        "result": decision.result.value,
        "valid_until": decision.valid_until,
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
    concerned = _recipient_of(work, decision.kind, decision.subject_id)
    if concerned is not None:
        recipients.touch(work, concerned)


def _recipient_of(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str
) -> RecipientId | None:
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


def _read(row: Row[Any]) -> DecisionRecord:
    decision = Decision(
        kind=BoardSubjectKind(row.kind),
        subject_id=row.subject_id,
        subject_version=row.subject_version,
        result=BoardResult(row.result),
        answers=json.loads(row.answers),
        valid_until=row.valid_until,
        conditions=row.conditions,
        dissent=row.dissent,
    )
    return DecisionRecord(
        decision_id=row.decision_id,
        decision=decision,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _record(work: Work, action: str, actor: str, decision_id: UUID) -> None:
    record_policy(work, f"board.{action}", actor=actor, about=str(decision_id))
