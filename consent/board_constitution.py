"""The first composition of the ethics board: two of the staff make it together (T-5).

Nobody sits yet who could decide on the members, so staff do, and only while those who
sit could decide nothing whatever they voted. One of the staff asks for it, naming
exactly those who are nominated and in term; another approves that very composition::

    asked ─another of the staff approves, the same are nominated─► approved
      └────────── after a week, or somebody else is nominated ──► worth nothing

What an attacker would send: the own approval (refused); the approval of a composition
that has changed meanwhile (refused, so nobody slips in between); a second approval
(the first one ended it); nominations whose term is to come or over (they are not
counted and not seated). Whoever runs the machine can make accounts for two: each
account of the staff that is made is an entry of the log.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from audit.work import Work
from consent import board_members, board_rule, board_rules
from consent.board_member import Member, MemberState
from consent.board_tables import board_constitution
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden
from pds.core.ids import AccountId

WAITS: Final = timedelta(days=7)
"""How long a composition waits for its second approval."""
_c = board_constitution.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Constitution:
    """A composition that one of the staff asked for.

    Attributes:
        member_ids: the terms of office that shall begin with it.
    """

    constitution_id: UUID
    member_ids: frozenset[UUID]
    asked_by: AccountId
    asked_at: datetime


def is_open(snap: Snapshot) -> bool:
    """Say whether staff may make a board: those who sit could decide nothing."""
    return not _could_decide(snap, board_members.sitting_members(snap))


def is_possible(snap: Snapshot) -> bool:
    """Say whether those who sit could decide together with the candidates."""
    sitting = board_members.sitting_members(snap)
    return _could_decide(snap, [*sitting, *candidates(snap)])


def candidates(snap: Snapshot) -> list[Member]:
    """Return who would be seated: nominated, and in term now."""
    nominated = board_members.every(snap, state=MemberState.NOMINATED)
    return [each for each in nominated if each.nomination.is_in_term(snap.now)]


def waiting(snap: Snapshot) -> Constitution | None:
    """Return the newest composition that waits and is still what is nominated."""
    query = (
        select(board_constitution)
        .where(_c.approved_at.is_(None), _c.asked_at > snap.now - WAITS)
        .order_by(_c.constitution_id.desc())
        .limit(1)
    )
    row = snap.connection.execute(query).first()
    found = None if row is None else _read(row)
    if found is None or found.member_ids != _ids(candidates(snap)):
        return None
    return found


def ask(work: Work, *, by: AccountId, actor: str) -> UUID:
    """Ask for a board of everybody who is nominated and in term; return its id.

    Raises:
        Conflict: `board.sits`; the board can decide on its members itself.
            `board.too-few`; even with these it could not decide anything.
            `board.constitution-waits`; another of the staff approves it already.
    """
    chosen = _possible(work)
    if waiting(work) is not None:
        raise Conflict("board.constitution-waits", "It waits for an approval.")
    constitution_id = work.ids.new()
    row = {
        "constitution_id": constitution_id,
        "members": json.dumps(sorted(map(str, _ids(chosen)))),
        "asked_by": by,
        "asked_at": work.now,
    }
    work.connection.execute(insert(board_constitution).values(row))
    _record(work, "constitution-asked", actor, constitution_id)
    return constitution_id


def approve(work: Work, constitution_id: UUID, *, by: AccountId, actor: str) -> None:
    """Seat the board that another of the staff asked for.

    Raises:
        Conflict: as in `ask`, or `board.constitution-gone`; it waits no more, or
            others are nominated now.
        Forbidden: `board.constitution-own`; whoever asks does not approve.
    """
    chosen = _possible(work)
    found = waiting(work)
    if found is None or found.constitution_id != constitution_id:
        raise Conflict("board.constitution-gone", "This waits no more.")
    if found.asked_by == by:
        raise Forbidden("board.constitution-own", "Another of the staff approves.")
    _close(work, constitution_id, by)
    for each in chosen:
        board_members.seat(work, each.member_id, by=board_members.CONSTITUTION)
    board_rules.enter_founding(work)
    _record(work, "constituted", actor, constitution_id)


def _possible(work: Work) -> list[Member]:
    if not is_open(work):
        raise Conflict("board.sits", "The board decides on its members itself.")
    if not is_possible(work):
        raise Conflict("board.too-few", "With these the board could not decide.")
    return candidates(work)


def _could_decide(snap: Snapshot, members: Collection[Member]) -> bool:
    seats = [each.seat for each in members]
    return board_rule.can_decide(board_rules.in_force(snap), seats)


def _close(work: Work, constitution_id: UUID, by: AccountId) -> None:
    """End the waiting; of two approvals at once the second finds nothing open."""
    ended = work.connection.execute(
        update(board_constitution)
        .where(_c.constitution_id == constitution_id, _c.approved_at.is_(None))
        .values(approved_by=by, approved_at=work.now)
    )
    if ended.rowcount == 0:
        raise Conflict("board.constitution-gone", "This waits no more.")


def _ids(members: Collection[Member]) -> frozenset[UUID]:
    return frozenset(each.member_id for each in members)


def _record(work: Work, action: str, actor: str, constitution_id: UUID) -> None:
    record_policy(work, f"board.{action}", actor=actor, about=str(constitution_id))


def _read(row: Row[Any]) -> Constitution:
    return Constitution(
        constitution_id=row.constitution_id,
        member_ids=frozenset(map(UUID, json.loads(row.members))),
        asked_by=AccountId(row.asked_by),
        asked_at=row.asked_at,
    )
