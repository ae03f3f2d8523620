"""A decision of the ethics board: what it says, and when it is complete; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from consent.board_questions import QUESTIONS
from consent.facts import BoardResult, BoardSubjectKind
from pds.core.errors import Invalid

_LONGEST: Final = 4000


@dataclass(frozen=True, slots=True)
class Condition:
    """What an approval demands.

    Attributes:
        words: what has to be done.
        due_at: first moment at which the approval no longer holds if it was not.
    """

    words: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """A member who was present, and what the member said."""

    name: str
    field: str
    vote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the board says of one version of one thing.

    Attributes:
        kind: what kind of thing it is.
        subject_id: its id as text.
        subject_version: the version that was looked at; of a recipient it is the number
            of its class.
        result: what was decided.
        answers: one answer for each of `QUESTIONS`.
        valid_until: first moment at which it no longer holds.
        conditions: what has to be done, for an approval with conditions.
        dissent: opinions of the minority, if any.
        summary: what is published of it, in `ja` and `en`; empty if nothing is.
        review_at: when the board looks at it again (G-07); None if never.
        continues: id of the text of before, if this one means the same, so that
            consents to that one go on (D-08); empty if a new consent is needed.
        continues_because: why it means the same.
    """

    kind: BoardSubjectKind
    subject_id: str
    subject_version: int
    result: BoardResult
    answers: Mapping[str, str]
    valid_until: datetime
    conditions: tuple[Condition, ...] = ()
    dissent: str = ""
    summary: Mapping[str, str] = field(default_factory=dict)
    review_at: datetime | None = None
    continues: str = ""
    continues_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision as recorded.

    Attributes:
        present: who was present; empty for a stop by one member, and for what was
            decided before members voted here.
        note: conditions without a day, of decisions from that time.
    """

    decision_id: UUID
    decision: Decision
    decided_by: str
    decided_at: datetime
    present: tuple[Present, ...] = ()
    note: str = ""


def check(decision: Decision, now: datetime) -> None:
    """Refuse a decision that is not complete; see `decide`."""
    demanded = [condition.words for condition in decision.conditions]
    texts = [*decision.answers.values(), *demanded, decision.dissent]
    texts += [*decision.summary.values(), decision.continues_because]
    if any(len(text) > _LONGEST for text in texts):
        raise Invalid("board.too-long", f"At most {_LONGEST} characters each.")
    if set(decision.answers) != set(QUESTIONS) or not all(
        answer.strip() for answer in decision.answers.values()
    ):
        raise Invalid("board.answers", "Each mandatory question needs an answer.")
    needs = decision.result is BoardResult.APPROVED_WITH_CONDITIONS
    if needs != bool(decision.conditions) or not all(map(str.strip, demanded)):
        raise Invalid("board.conditions", "The conditions are missing.")
    if any(condition.due_at <= now for condition in decision.conditions):
        raise Invalid("board.conditions", "A condition would be overdue already.")
    if decision.valid_until <= now:
        raise Invalid("board.valid_until", "The decision would already have expired.")
