"""What staff do: check who asks, take, forward, answer, carry out what was granted.

Every act is recorded in the person's log with the account that did it.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts import looks
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import AccountId
from pds.rights.desk import fulfilling, papers, requests
from pds.rights.desk.kinds import (
    OPEN,
    PaperKind,
    RequestKind,
    RequestOutcome,
    RequestState,
    RequestStep,
    SourceAnswer,
)
from pds.rights.desk.law import GROUNDS, RefusalGround
from pds.rights.desk.papers import Paper
from pds.rights.desk.requests import Request
from pds.rights.desk.tables import rights_request
from pds.vault.service import Vault

PAGE: Final = 50
"""Requests of one page of the queue."""
VIEWED: Final = "right.viewed"
"""The reason code of a look of staff at what a person wrote."""
_c = rights_request.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bank answers.

    Attributes:
        refusal: the article, where anything is refused; None where nothing is.
        text: what the person reads besides.
    """

    outcome: RequestOutcome
    refusal: RefusalGround | None = None
    text: str = ""

    def check(self, kind: RequestKind) -> None:
        """Raise Invalid `rights.refusal` unless outcome, article and kind agree."""
        is_granted = self.outcome is RequestOutcome.GRANTED
        if is_granted and self.refusal is not None:
            raise Invalid("rights.refusal", "What is granted has no refusal.")
        if not is_granted and self.refusal not in GROUNDS[kind]:
            raise Invalid("rights.refusal", "A refusal names an article that fits.")


def read_papers(work: Work, request_id: UUID, *, by: AccountId) -> list[Paper]:
    """Open what a request holds for staff; the look is recorded with it.

    Raises:
        NotFound: `rights.unknown`.
        KeyUnavailable: the account was erased meanwhile.
    """
    request = requests.find(work, request_id)
    _record_look(work, request, by)
    found = papers.every(work, work.keys, request.owner, request_id)
    # A document is not opened by a page that only names it.
    read = [each.no for each in found if each.is_text]
    looks.note(work, request.owner, request_id, by, read)
    return found


def read_paper(work: Work, request_id: UUID, no: int, *, by: AccountId) -> Paper:
    """Open one paper for staff; raises as `read_papers`."""
    request = requests.find(work, request_id)
    _record_look(work, request, by)
    looks.note(work, request.owner, request_id, by, [no])
    return papers.one(work, work.keys, request.owner, request_id, no)


def check(work: Work, request_id: UUID, *, by: AccountId) -> None:
    """Find the proof of identity or authority sound: the first of two steps (V-05).

    Raises:
        Conflict: `rights.not-possible-now` (it waits for no check, or is checked), or
            `papers.not-seen` (they have not opened every paper of it).
    """
    unchecked = _c.checked_by.is_(None)
    waits = (RequestState.CHECKING,)
    done = requests.change(work, request_id, waits, unchecked, checked_by=by)
    _require_seen(work, done, by)
    requests.record(work, done, RequestStep.CHECKED, actor=_staff(by))


def admit(work: Work, request_id: UUID, *, by: AccountId) -> None:
    """Admit what somebody else has checked: the second step.

    Raises:
        Conflict: `rights.not-possible-now` (nobody, or oneself, has checked it), or
            `papers.not-seen` (they have not opened every paper of it).
    """
    by_another = and_(_c.checked_by.is_not(None), _c.checked_by != by)
    waits = (RequestState.CHECKING,)
    done = requests.change(
        work, request_id, waits, by_another, state=RequestState.RECEIVED
    )
    _require_seen(work, done, by)
    requests.record(work, done, RequestStep.ADMITTED, actor=_staff(by))


def take(work: Work, request_id: UUID, *, by: AccountId) -> None:
    """Take a request to work on it, from somebody else too.

    Raises:
        Conflict: `rights.not-possible-now`; it is not admitted, or answered.
    """
    done = requests.change(
        work,
        request_id,
        (RequestState.RECEIVED, RequestState.IN_WORK),
        state=RequestState.IN_WORK,
        assigned_to=by,
    )
    requests.record(work, done, RequestStep.TAKEN, actor=_staff(by))


def forward(
    work: Work, request_id: UUID, source_id: UUID, text: str, *, by: AccountId
) -> None:
    """Note that a correction went to the source of the data, and what was written.

    Raises:
        Conflict: `rights.not-possible-now`; nobody works on it, or it is no correction.
    """
    is_correction = _c.kind == RequestKind.CORRECTION.value
    done = requests.change(
        work,
        request_id,
        (RequestState.IN_WORK,),
        is_correction,
        state=RequestState.FORWARDED,
        source_id=source_id,
        forwarded_at=work.now,
        source_answer=None,
    )
    papers.write(work, done.owner, request_id, PaperKind.FORWARDED, text)
    requests.record(work, done, RequestStep.FORWARDED, actor=_staff(by))


def note_source_answer(
    work: Work, request_id: UUID, said: SourceAnswer, text: str, *, by: AccountId
) -> None:
    """Note what the source answered; the bank's own answer comes after it (C-07).

    Raises:
        Conflict: `rights.not-possible-now`; it was not forwarded.
    """
    done = requests.change(
        work,
        request_id,
        (RequestState.FORWARDED,),
        state=RequestState.IN_WORK,
        source_answer=said,
    )
    papers.write(work, done.owner, request_id, PaperKind.SOURCE_ANSWER, text)
    requests.record(work, done, RequestStep.SOURCE_ANSWERED, said, actor=_staff(by))


def answer(
    work: Work, vault: Vault, request_id: UUID, given: Answer, *, by: AccountId
) -> None:
    """Answer a request: grant it, or refuse it under an article (A-12).

    What is granted is done in this unit of work where software can do it; else it is a
    promise until it is carried out. What still waits for a check can only be refused,
    because nothing was proven.

    Raises:
        Invalid: `rights.refusal` or `rights.text`.
        Conflict: `rights.not-possible-now`; nobody works on it, or it is answered.
    """
    found = requests.find(work, request_id)
    given.check(found.kind)
    states = [RequestState.IN_WORK]
    if given.refusal is RefusalGround.NOT_PROVEN:
        states.append(RequestState.CHECKING)
    is_refused = given.outcome is RequestOutcome.REFUSED
    done = requests.change(
        work,
        request_id,
        states,
        state=RequestState.ANSWERED if is_refused else RequestState.PROMISED,
        outcome=given.outcome,
        refusal=given.refusal,
        answered_at=work.now if is_refused else None,
    )
    papers.write(work, done.owner, request_id, PaperKind.ANSWER, given.text)
    requests.record(
        work, done, RequestStep.ANSWERED, given.outcome, given.refusal, actor=_staff(by)
    )
    act = fulfilling.act_for(done)
    if given.outcome is RequestOutcome.GRANTED and act is not None:
        act(work, vault, done, _staff(by))
        fulfilling.done(work, done, actor=_staff(by))


def carry_out(work: Work, request_id: UUID, text: str, *, by: AccountId) -> None:
    """Write down that what was granted is done, and what it was, for the person.

    Raises:
        Invalid: `rights.text`; too long.
        Conflict: `rights.not-possible-now`; nothing is promised, or it is done.
    """
    done = fulfilling.done(work, requests.find(work, request_id), actor=_staff(by))
    papers.write(work, done.owner, request_id, PaperKind.DONE, text)


def queue(
    snap: Snapshot, after: Request | None = None, *, limit: int = PAGE
) -> list[Request]:
    """Return requests that wait for an answer, the most urgent first.

    Args:
        snap: one consistent state.
        after: the last one of the page before; it may be answered meanwhile.
        limit: most requests of the page.
    """
    which: ColumnElement[bool] = _c.state.in_([each.value for each in OPEN])
    if after is not None:
        is_same_day = and_(_c.due_at == after.due_at, _c.request_id > after.request_id)
        which = and_(which, or_(_c.due_at > after.due_at, is_same_day))
    return requests.listed(snap, which, _c.due_at, limit)


def _require_seen(work: Work, request: Request, by: AccountId) -> None:
    numbers = papers.numbers(work, request.owner, request.request_id)
    looks.require(work, request.owner, request.request_id, by, numbers)


def _record_look(work: Work, request: Request, by: AccountId) -> None:
    work.log.record(
        Entry(
            type=EventType.STAFF_VIEWED,
            subject=request.owner,
            detail={
                "actor": _staff(by),
                "object": requests.named(request.request_id),
                "reasons": VIEWED,
            },
        )
    )


def _staff(by: AccountId) -> str:
    return f"operator:{by}"
