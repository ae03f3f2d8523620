"""Reports of deaths: what is read, and how each is found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import AccountId, OwnerId
from pds.core.queue import Place, is_after
from pds.core.rules import rule_values
from pds.rights.death.tables import death_report
from pds.rights.death.wishes import LastWish

WINDOW: Final = rule_values.days("death.window")
"""How long heirs and the bank have before anything may be erased."""


class DeathState(StrEnum):
    """Where a report stands."""

    REPORTED = "reported"
    REFUSED = "refused"
    FROZEN = "frozen"
    LIFTED = "lifted"
    ERASING = "erasing"


OPEN: Final = (DeathState.REPORTED, DeathState.FROZEN, DeathState.ERASING)
"""States that wait for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeathReport:
    """One report.

    Attributes:
        window_until: the day before which nothing is erased.
        asked: what one of the staff asked to do, for another to approve.
        archive_id: the archive that was released to the heir.
    """

    owner: OwnerId
    report_id: UUID
    state: DeathState
    entered_by: AccountId
    entered_at: datetime
    window_until: datetime | None
    asked: LastWish | None
    asked_by: AccountId | None
    archive_id: UUID | None

    @property
    def actor(self) -> str:
        """How consent events name the freeze."""
        return f"death:{self.report_id}"


_IS_OPEN = death_report.c.state.in_([each.value for each in OPEN])
_COLUMNS = tuple(c for c in death_report.c if c.name not in {"proof", "code_hash"})


def get(snap: Snapshot, report_id: UUID) -> DeathReport:
    """Return a report that waits for somebody.

    Raises:
        NotFound: `death.unknown`.
    """
    mine = death_report.c.report_id == report_id
    row = snap.connection.execute(select(*_COLUMNS).where(mine, _IS_OPEN)).first()
    if row is None:
        raise NotFound("death.unknown", "There is no such report.")
    return _read(row)


def erasing(snap: Snapshot) -> list[DeathReport]:
    """Return the reports whose erasure is approved and not carried out yet."""
    is_due = death_report.c.state == DeathState.ERASING.value
    query = select(*_COLUMNS).where(is_due).order_by(death_report.c.entered_at)
    return [_read(row) for row in snap.connection.execute(query.limit(100))]


def waiting(
    snap: Snapshot, after: Place | None = None, *, limit: int
) -> list[DeathReport]:
    """Return reports that wait for somebody, oldest first.

    Args:
        snap: one consistent state.
        after: where the page before ended.
        limit: most reports of the page.
    """
    at, number = death_report.c.entered_at, death_report.c.report_id
    query = (
        select(*_COLUMNS)
        .where(_IS_OPEN, *is_after(after, at, number))
        .order_by(at, number)
        .limit(limit)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def of_owner(snap: Snapshot, owner: OwnerId) -> list[DeathReport]:
    """Return the reports about a person, newest first."""
    newest = death_report.c.entered_at.desc()
    query = select(*_COLUMNS).where(death_report.c.owner_id == owner).order_by(newest)
    return [_read(row) for row in snap.connection.execute(query)]


def by_code(snap: Snapshot, code_hash: bytes) -> DeathReport | None:
    """Return the report whose archive a code opens, or None."""
    return _one(
        snap,
        and_(
            death_report.c.code_hash == code_hash,
            death_report.c.state == DeathState.FROZEN,
        ),
    )


def _one(snap: Snapshot, which: ColumnElement[bool]) -> DeathReport | None:
    row = snap.connection.execute(select(*_COLUMNS).where(which)).first()
    return None if row is None else _read(row)


def _read(row: Any) -> DeathReport:
    return DeathReport(
        owner=OwnerId(row.owner_id),
        report_id=row.report_id,
        state=DeathState(row.state),
        entered_by=AccountId(row.entered_by),
        entered_at=row.entered_at,
        window_until=row.window_until,
        asked=None if row.asked is None else LastWish(row.asked),
        asked_by=None if row.asked_by is None else AccountId(row.asked_by),
        archive_id=row.archive_id,
    )
