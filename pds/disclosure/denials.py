"""Recording refusals, without letting a busy client flood the log.

The first refusal of a grant for the same reasons is a leaf at once. Repetitions within
the next 60 seconds are counted, and stand in one further leaf with their number, which
is written when the window is over: at the next refusal or by housekeeping. So nothing
is lost and the log grows by two leaves a minute at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.ids import ConsentId, OwnerId
from pds.disclosure import denial_counts
from pds.disclosure.tables import denial_window as window

WINDOW = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A refusal to be recorded.

    Attributes:
        owner: the person whose data was asked for.
        grant_id: the grant that was used.
        recipient_id: the organisation that asked.
        purpose: purpose id of the consent.
        consent: consent id and version.
        reasons: reason codes, in the engine's order.
        detail: further detail fields, among those that the log knows.
    """

    owner: OwnerId
    grant_id: UUID
    recipient_id: str
    purpose: str
    consent: tuple[ConsentId, int]
    reasons: tuple[str, ...]
    detail: Mapping[str, str] = field(default_factory=dict)

    def entry(self, count: int) -> Entry:
        """Return the log entry for so many refusals."""
        return Entry(
            type=EventType.DISCLOSURE_DENIED,
            subject=self.owner,
            recipient=self.recipient_id,
            # A consent whose key is destroyed no longer says what it was for.
            purpose=self.purpose or None,
            consent=self.consent,
            count=count,
            detail={**self.detail, "reasons": " ".join(self.reasons)},
        )


def record(work: Work, refusal: Refusal) -> UUID | None:
    """Record a refusal; return its leaf's id, or None if it was only counted."""
    mine = _key(refusal.owner, refusal.grant_id, " ".join(refusal.reasons))
    found = work.connection.execute(select(window).where(mine)).one_or_none()
    if found is not None and work.now - found.first_at < WINDOW:
        work.connection.execute(
            update(window).where(mine).values(repeated=window.c.repeated + 1)
        )
        return None
    if found is not None:
        # The counted ones were of the terms as they stood then.
        _close(work, _read(found), found.repeated)
    return _open(work, refusal)


def due(snap: Snapshot, most: int = 100) -> list[tuple[OwnerId, UUID, str]]:
    """Return the keys of windows that are over, oldest first."""
    rows = snap.connection.execute(
        select(window.c.owner_id, window.c.grant_id, window.c.reasons)
        .where(window.c.first_at <= snap.now - WINDOW)
        .order_by(window.c.first_at)
        .limit(most)
    )
    return [(OwnerId(row.owner_id), row.grant_id, row.reasons) for row in rows]


def settle(work: Work, owner: OwnerId, grant_id: UUID, reasons: str) -> None:
    """Close one window that is over; nothing happens if that was done meanwhile."""
    # Held, so that two processes that settle at once do not count twice.
    person.hold(work, owner)
    row = work.connection.execute(
        select(window).where(
            _key(owner, grant_id, reasons), window.c.first_at <= work.now - WINDOW
        )
    ).one_or_none()
    if row is not None:
        _close(work, _read(row), row.repeated)


def forget(work: Work, owner: OwnerId) -> None:
    """Close every window of a person now, for erasure; what was counted is told."""
    mine = select(window).where(window.c.owner_id == owner)
    for row in work.connection.execute(mine).all():
        _close(work, _read(row), row.repeated)


def _read(row: Any) -> Refusal:
    return Refusal(
        owner=OwnerId(row.owner_id),
        grant_id=row.grant_id,
        recipient_id=row.recipient_id,
        purpose=row.purpose,
        consent=(ConsentId(row.consent_id), row.consent_version),
        reasons=tuple(row.reasons.split(" ")),
    )


def _open(work: Work, refusal: Refusal) -> UUID:
    consent_id, version = refusal.consent
    work.connection.execute(
        window.insert().values(
            owner_id=refusal.owner,
            grant_id=refusal.grant_id,
            reasons=" ".join(refusal.reasons),
            recipient_id=refusal.recipient_id,
            purpose=refusal.purpose,
            consent_id=consent_id,
            consent_version=version,
            first_at=work.now,
            repeated=0,
        )
    )
    denial_counts.add(work, refusal.recipient_id, refusal.reasons, 1)
    return work.log.record(refusal.entry(1)).id


def _close(work: Work, refusal: Refusal, repeated: int) -> None:
    reasons = " ".join(refusal.reasons)
    work.connection.execute(
        delete(window).where(_key(refusal.owner, refusal.grant_id, reasons))
    )
    if repeated:
        # The particulars of the call at hand are not those of the counted ones.
        denial_counts.add(work, refusal.recipient_id, refusal.reasons, repeated)
        work.log.record(replace(refusal, detail={}).entry(repeated))


def _key(owner: OwnerId, grant_id: UUID, reasons: str) -> ColumnElement[bool]:
    return and_(
        window.c.owner_id == owner,
        window.c.grant_id == grant_id,
        window.c.reasons == reasons,
    )
