"""The register of board members: nominated, seated, ended (G-03, G-04, T-5).

Staff of the bank may nominate and can never seat: the board itself decides on a
nomination, by the quorum of those who sit, and on a dismissal likewise. The first
composition is the exception, because nobody sits yet (`consent.board_constitution`). It
is recorded in the log and shown in public as what it is.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from audit.work import Work
from consent import recipients
from consent.board_member import Member, MemberState, Nomination
from consent.board_rule import MemberField
from consent.board_tables import board_conflict, board_member
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId, RecipientId

_LONGEST_TERM: Final = timedelta(days=4 * 366)
_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 1000
CONSTITUTION: Final = "constitution"
"""What seated a member of the first composition; others name the decision."""


def nominate(
    work: Work, wish: Nomination, *, conflicts: Iterable[str], actor: str
) -> UUID:
    """Enter somebody who shall sit, and return the id of the term.

    Raises:
        Invalid: `member.name`, `member.employer` or `member.term_until`.
        Conflict: `member.known`; the account sits or is nominated already.
        NotFound: `recipient.unknown`.
    """
    _check(wish, work.now)
    for each in of_account(work, wish.account_id):
        if each.state is MemberState.NOMINATED or each.sits(work.now):
            raise Conflict("member.known", "The account is nominated or sits already.")
    member_id = work.ids.new()
    term = {name: getattr(wish, name) for name in Nomination.__slots__}
    row = term | {
        "member_id": member_id,
        "field": wish.field.value,
        "state": MemberState.NOMINATED.value,
        "nominated_by": actor,
        "nominated_at": work.now,
    }
    work.connection.execute(insert(board_member).values(row))
    for recipient_id in sorted(set(conflicts)):
        _declare(work, member_id, recipient_id, "", actor)
    _record(work, "nominated", actor, member_id)
    return member_id


def seat(work: Work, member_id: UUID, *, by: str) -> None:
    """Seat a nominated member; `by` is the decision that did it, or `constitution`."""
    _move(work, member_id, MemberState.SITTING, seated_at=work.now, seated_by=by)


def refuse(work: Work, member_id: UUID) -> None:
    """Note that the board refused a nomination."""
    _move(work, member_id, MemberState.REFUSED, ended_at=work.now)


def end(work: Work, member_id: UUID, *, actor: str) -> None:
    """End a term: by the member's own wish, or by a decision of the board."""
    _move(work, member_id, MemberState.ENDED, ended_at=work.now)
    _record(work, "ended", actor, member_id)


def declare(
    work: Work, member_id: UUID, recipient_id: RecipientId, words: str, *, actor: str
) -> None:
    """Note that a member may not decide about a recipient; holds for the whole term.

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `member.words`; too long.
    """
    if len(words) > _LONGEST_TEXT:
        raise Invalid("member.words", f"At most {_LONGEST_TEXT} characters.")
    if recipient_id not in get(work, member_id).conflicts:
        _declare(work, member_id, recipient_id, words, actor)
        _record(work, "conflict-declared", actor, member_id)


def sitting_members(snap: Snapshot) -> list[Member]:
    """Return who is in office now, by the time they were nominated."""
    found = every(snap, state=MemberState.SITTING)
    return [each for each in found if each.sits(snap.now)]


def deciding(snap: Snapshot, recipient_id: str | None) -> list[Member]:
    """Return who may decide about a recipient, or about nobody in particular."""
    return [m for m in sitting_members(snap) if recipient_id not in m.conflicts]


def sitting_for(snap: Snapshot, account_id: AccountId) -> Member:
    """Return the office that an account holds now.

    Raises:
        Forbidden: `member.not-sitting`.
    """
    for each in of_account(snap, account_id):
        if each.sits(snap.now):
            return each
    raise Forbidden("member.not-sitting", "Only a sitting member may do this.")


def require_deciding(
    snap: Snapshot, account_id: AccountId, recipient_id: str | None
) -> Member:
    """Return the office of an account that may decide about a recipient.

    Raises:
        Forbidden: `member.not-sitting`, or `member.conflict` about the recipient.
    """
    member = sitting_for(snap, account_id)
    if recipient_id in member.conflicts:
        raise Forbidden("member.conflict", "You have a conflict in this matter.")
    return member


def of_account(snap: Snapshot, account_id: AccountId) -> list[Member]:
    """Return every term of an account, oldest first."""
    query = select(board_member).where(board_member.c.account_id == account_id)
    return _read_all(snap, query)


def every(snap: Snapshot, *, state: MemberState | None = None) -> list[Member]:
    """Return every term there ever was, oldest first, or those in one state."""
    query = select(board_member)
    if state is not None:
        query = query.where(board_member.c.state == state.value)
    return _read_all(snap, query)


def get(snap: Snapshot, member_id: UUID) -> Member:
    """Return one term; NotFound `member.unknown` if there is none."""
    found = _read_all(snap, select(board_member).where(_is(member_id)))
    if not found:
        raise NotFound("member.unknown", "There is no such member.")
    return found[0]


def _is(member_id: UUID) -> Any:
    return board_member.c.member_id == member_id


def _check(wish: Nomination, now: datetime) -> None:
    for slug, text in (("name", wish.name), ("employer", wish.employer)):
        if not text.strip() or len(text) > _LONGEST_LINE:
            raise Invalid(f"member.{slug}", f"1 to {_LONGEST_LINE} characters.")
    length = wish.term_until - wish.term_from
    if not timedelta() < length <= _LONGEST_TERM or wish.term_until <= now:
        raise Invalid("member.term_until", "A term has an end within four years.")


def _move(work: Work, member_id: UUID, state: MemberState, **values: Any) -> None:
    work.connection.execute(
        update(board_member).where(_is(member_id)).values(state=state.value, **values)
    )


def _declare(
    work: Work, member_id: UUID, recipient_id: str, words: str, actor: str
) -> None:
    recipients.get(work, RecipientId(recipient_id))
    row = {
        "member_id": member_id,
        "recipient_id": recipient_id,
        "words": words,
        "declared_by": actor,
        "declared_at": work.now,
    }
    work.connection.execute(insert(board_conflict).values(row))


def _read_all(snap: Snapshot, query: Select[Any]) -> list[Member]:
    rows = snap.connection.execute(query.order_by(board_member.c.member_id)).all()
    conflicts = _conflicts(snap, [row.member_id for row in rows])
    return [_read(row, conflicts.get(row.member_id, frozenset())) for row in rows]


def _conflicts(
    snap: Snapshot, member_ids: Collection[UUID]
) -> dict[UUID, frozenset[str]]:
    query = select(board_conflict.c.member_id, board_conflict.c.recipient_id).where(
        board_conflict.c.member_id.in_(member_ids)
    )
    found: dict[UUID, frozenset[str]] = {}
    for member_id, recipient_id in snap.connection.execute(query):
        found[member_id] = found.get(member_id, frozenset()) | {recipient_id}
    return found


def _read(row: Row[Any], conflicts: frozenset[str]) -> Member:
    term = {name: getattr(row, name) for name in Nomination.__slots__}
    term["account_id"] = AccountId(row.account_id)
    return Member(
        member_id=row.member_id,
        nomination=Nomination(**term | {"field": MemberField(row.field)}),
        state=MemberState(row.state),
        nominated_by=row.nominated_by,
        seated_at=row.seated_at,
        seated_by=row.seated_by,
        ended_at=row.ended_at,
        conflicts=conflicts,
    )


def _record(work: Work, action: str, actor: str, member_id: UUID) -> None:
    record_policy(work, f"member.{action}", actor=actor, about=str(member_id))
