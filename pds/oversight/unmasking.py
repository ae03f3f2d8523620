"""Learning whom a pseudonym stands for: a reason, a second person, once (section 17).

An auditor asks and gives a reason; somebody of the operator or the ethics board
approves or refuses within a week; an approval is used once, within a day, and by
whoever asked. The use is an entry of the person's log before the name is shown.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent.policy import record_policy
from pds.accounts.roles import Role
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Forbidden
from pds.core.ids import AccountId, OwnerId
from pds.oversight.tables import unmasking

VALID: Final = timedelta(hours=24)
"""How long an approval may be used."""
WAITS: Final = timedelta(days=7)
"""How long a request may wait for a decision; then it is too late for one."""
MOST_SHOWN: Final = 100
_APPROVERS: Final = frozenset({Role.OPERATOR, Role.BOARD})


class UnmaskReason(StrEnum):
    """Why an auditor has to know who somebody is."""

    COMPLAINT = "complaint"
    INCIDENT = "incident"
    MISMATCH = "mismatch"
    AUTHORITY = "authority"


class UnmaskState(StrEnum):
    """What became of a request."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasking:
    """A request and what became of it.

    Attributes:
        owner: whom it is about; for the bank alone until it is used.
        leaf_index: position of the entry that it is about.
    """

    owner: OwnerId
    request_id: UUID
    leaf_index: int
    reason: UnmaskReason
    state: UnmaskState
    asked_by: AccountId
    asked_at: datetime
    decided_by: AccountId | None
    decided_at: datetime | None
    used_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Say whether it is approved and the approval still counts."""
        if self.state is not UnmaskState.APPROVED or self.decided_at is None:
            return False
        return now - self.decided_at < VALID

    def is_late(self, now: datetime) -> bool:
        """Say whether it, or its approval, is too old to lead anywhere."""
        if self.state is UnmaskState.REQUESTED:
            return now - self.asked_at >= WAITS
        return self.state is UnmaskState.APPROVED and not self.is_usable(now)


def ask(
    work: Work,
    owner: OwnerId,
    leaf_index: int,
    reason: UnmaskReason,
    *,
    by: AccountId,
) -> UUID:
    """Keep the request of an auditor and record it; return its id."""
    request_id = work.ids.new()
    work.connection.execute(
        insert(unmasking).values(
            owner_id=owner,
            request_id=request_id,
            leaf_index=leaf_index,
            reason=reason,
            state=UnmaskState.REQUESTED,
            asked_by=by,
            asked_at=work.now,
        )
    )
    _record(work, "unmask.requested", f"{Role.AUDITOR}:{by}", request_id)
    return request_id


def decide(
    work: Work, request_id: UUID, *, approve: bool, by: AccountId, role: Role
) -> None:
    """Approve or refuse a request, once; both are recorded.

    Raises:
        Forbidden: `unmask.approver`; neither operator nor board.
        Conflict: `unmask.decided`; there is no such request, it is decided already,
            it waited too long, or whoever decides has asked for it.
    """
    if role not in _APPROVERS:
        raise Forbidden("unmask.approver", "Operator or board decide.")
    state = UnmaskState.APPROVED if approve else UnmaskState.REFUSED
    waits = and_(
        unmasking.c.request_id == request_id,
        unmasking.c.state == UnmaskState.REQUESTED,
        unmasking.c.asked_by != by,
        unmasking.c.asked_at > work.now - WAITS,
    )
    changes = {"state": state, "decided_by": by, "decided_at": work.now}
    if not _change(work, waits, changes):
        raise Conflict("unmask.decided", "The request is decided already.")
    _record(work, f"unmask.{state}", f"{role}:{by}", request_id)


def use(work: Work, request_id: UUID, *, by: AccountId) -> OwnerId:
    """Use an approval up, and record it for the person; return who it is.

    Raises:
        Conflict: `unmask.unusable`; not approved, used, too old or somebody else's.
    """
    stands = and_(
        unmasking.c.request_id == request_id,
        unmasking.c.state == UnmaskState.APPROVED,
        unmasking.c.asked_by == by,
        unmasking.c.decided_at > work.now - VALID,
    )
    row = _change(work, stands, {"state": UnmaskState.USED, "used_at": work.now})
    if row is None:
        raise Conflict("unmask.unusable", "The approval cannot be used.")
    found = _read(row)
    work.log.record(
        Entry(
            type=EventType.AUDITOR_UNMASKED,
            subject=found.owner,
            detail={
                "actor": f"{Role.AUDITOR}:{by}",
                "object": f"request:{request_id} approver:{found.decided_by}",
                "reasons": f"unmask.{found.reason}",
            },
        )
    )
    return found.owner


def of_auditor(snap: Snapshot, by: AccountId) -> list[Unmasking]:
    """Return the requests of an auditor, newest first."""
    return _list(snap, unmasking.c.asked_by == by)


def waiting(snap: Snapshot) -> list[Unmasking]:
    """Return the requests that somebody can still decide, newest first."""
    is_undecided = unmasking.c.state == UnmaskState.REQUESTED
    return _list(snap, and_(is_undecided, unmasking.c.asked_at > snap.now - WAITS))


def forget(work: Work, owner: OwnerId) -> None:
    """Delete the requests about a person, for erasure; the log tells of each."""
    work.connection.execute(delete(unmasking).where(unmasking.c.owner_id == owner))


def _list(snap: Snapshot, which: ColumnElement[bool]) -> list[Unmasking]:
    query = (
        select(unmasking)
        .where(which)
        .order_by(unmasking.c.asked_at.desc(), unmasking.c.request_id.desc())
        .limit(MOST_SHOWN)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def _change(work: Work, which: ColumnElement[bool], values: dict[str, Any]) -> Any:
    statement = update(unmasking).where(which).values(**values).returning(unmasking)
    return work.connection.execute(statement).first()


def _record(work: Work, action: str, actor: str, request_id: UUID) -> None:
    record_policy(work, action, actor=actor, about=str(request_id))


def _read(row: Any) -> Unmasking:
    return Unmasking(
        owner=OwnerId(row.owner_id),
        request_id=row.request_id,
        leaf_index=row.leaf_index,
        reason=UnmaskReason(row.reason),
        state=UnmaskState(row.state),
        asked_by=AccountId(row.asked_by),
        asked_at=row.asked_at,
        decided_by=None if row.decided_by is None else AccountId(row.decided_by),
        decided_at=row.decided_at,
        used_at=row.used_at,
    )
