"""What the board asks the bank to look into, and the bank's answer (G-08)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from audit.work import Work
from consent import board_members
from consent.board_tables import board_request
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId

_LONGEST: Final = 4000
DAYS: Final = 30
"""Days in which the bank answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRequest:
    """One request; `answer` is empty until the bank has answered."""

    request_id: UUID
    words: str
    asked_at: datetime
    due_at: datetime
    answer: str
    answered_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Say whether the bank owes the answer since longer than it may."""
        return self.answered_at is None and self.due_at <= now


def ask(work: Work, words: str, *, account_id: AccountId) -> UUID:
    """Ask the bank, as a sitting member; return the request's id.

    Raises:
        Forbidden: `member.not-sitting`.
        Invalid: `board.answer`; empty or too long.
    """
    board_members.sitting_for(work, account_id)
    request_id = work.ids.new()
    actor = f"board:{account_id}"
    row = {
        "request_id": request_id,
        "words": _text(words),
        "asked_by": actor,
        "asked_at": work.now,
        "due_at": work.now + timedelta(days=DAYS),
        "answer": "",
    }
    work.connection.execute(insert(board_request).values(row))
    record_policy(work, "board.asked", actor=actor, about=str(request_id))
    return request_id


def answer(work: Work, request_id: UUID, words: str, *, actor: str) -> None:
    """Write down the bank's answer, once.

    Raises:
        NotFound: `board.no-request`.
        Conflict: `board.answered` already.
        Invalid: `board.answer`; empty or too long.
    """
    query = select(board_request).where(board_request.c.request_id == request_id)
    row = work.connection.execute(query.with_for_update()).first()
    if row is None:
        raise NotFound("board.no-request", "There is no such request.")
    if row.answered_at is not None:
        raise Conflict("board.answered", "The request is answered already.")
    work.connection.execute(
        update(board_request)
        .where(board_request.c.request_id == request_id)
        .values(answer=_text(words), answered_by=actor, answered_at=work.now)
    )
    record_policy(work, "board.answered", actor=actor, about=str(request_id))


def every(snap: Snapshot) -> list[BoardRequest]:
    """Return every request, newest first."""
    query = select(board_request).order_by(board_request.c.request_id.desc())
    return [_read(row) for row in snap.connection.execute(query)]


def _text(words: str) -> str:
    if not words.strip() or len(words) > _LONGEST:
        raise Invalid("board.answer", f"1 to {_LONGEST} characters.")
    return words.strip()


def _read(row: Row[Any]) -> BoardRequest:
    return BoardRequest(
        request_id=row.request_id,
        words=row.words,
        asked_at=row.asked_at,
        due_at=row.due_at,
        answer=row.answer,
        answered_at=row.answered_at,
    )
