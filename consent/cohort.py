"""Cohorts: the persons whose consent answers an offer, as its recipient may walk them.

A row is added by the yes and marked by the end of the consent, in the same unit of
work, whoever's act either is. It is an index and permits nothing: each person's part of
a page is decided by that person's own consent (`pds.disclosure.cohorts`).

    yes to an offer ─► member ─any end─► left (told to the recipient, with a day to
                                         delete by) ─kept long enough─► gone
                          └─erasure─► left, and no longer anybody's

What an attacker would do: ask for names that were never given (nothing is found, as for
somebody who left), or compare pages to learn who paused (a paused person is missing
like one whom nobody ever knew).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from audit.work import Work
from consent import ending, ledger, pairwise
from consent.cohort_tables import cohort_backlog, cohort_member, cohort_use
from consent.ledger import CurrentConsent
from consent.states import FINAL, ConsentEvent
from consent.terms import DataProvision
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId
from pds.keys.errors import KeyUnavailable

KEPT: Final = timedelta(days=400)
"""How long a recipient can still learn that somebody left."""

_m, _u = cohort_member.c, cohort_use.c

Place = tuple[bytes, UUID]
"""Where a walk stands: pairwise name and consent."""


@dataclass(frozen=True, slots=True)
class Member:
    """A consent that answers, or answered, an offer.

    Attributes:
        owner: the person; None after an erasure.
        subject: the recipient's name for the person.
        left_at: when the consent ended; None while it has not.
        delete_by: until when the recipient has to delete what it holds; None where the
            consent asks for no deletion.
    """

    place: Place
    owner: OwnerId | None
    subject: str
    consent_id: ConsentId
    joined_at: datetime
    left_at: datetime | None
    delete_by: datetime | None


def follow(
    work: Work, after: CurrentConsent, event: ConsentEvent, provision: DataProvision
) -> None:
    """Keep the cohort of an offer in step with one of its consents."""
    if provision.offer_id is None:
        return
    if event is ConsentEvent.GIVEN:
        enter(work, after, provision.offer_id, work.now)
    elif after.state in FINAL:
        _leave(work, after, provision)


def enter(
    work: Work, consent: CurrentConsent, offer_id: UUID, joined_at: datetime
) -> None:
    """Make a consent a member of its offer's cohort; nothing happens if it is one."""
    name = pairwise.raw(work, consent.owner, consent.recipient_id)
    place = {"offer_id": offer_id, "pairwise": name, "consent_id": consent.consent_id}
    is_one = [cohort_member.c[key] == value for key, value in place.items()]
    if work.connection.execute(select(_m.pairwise).where(*is_one)).first() is None:
        row = {**place, "owner_id": consent.owner, "joined_at": joined_at}
        work.connection.execute(insert(cohort_member).values(row))


def _leave(work: Work, after: CurrentConsent, provision: DataProvision) -> None:
    work.connection.execute(
        update(cohort_member)
        .where(
            _m.owner_id == after.owner,
            _m.consent_id == after.consent_id,
            _m.left_at.is_(None),
        )
        .values(
            left_at=work.now,
            delete_by=ending.delete_by(provision, after.state, work.now),
        )
    )
    _forget_uses(work, after.owner, after.consent_id)


def walk(
    snap: Snapshot,
    offer_id: UUID,
    *,
    after: Place | None,
    left_since: datetime | None,
    limit: int,
) -> list[Member]:
    """Return members in the order of pages.

    Args:
        snap: one consistent state.
        offer_id: whose cohort.
        after: where the page before ended, or None.
        left_since: also those who left at that moment or later; None for nobody.
        limit: most members.
    """
    is_there: ColumnElement[bool] = _m.left_at.is_(None)
    if left_since is not None:
        is_there = or_(is_there, _m.left_at >= left_since)
    query = select(cohort_member).where(_m.offer_id == offer_id, is_there)
    if after is not None:
        name, consent_id = after
        same = and_(_m.pairwise == name, _m.consent_id > consent_id)
        query = query.where(or_(_m.pairwise > name, same))
    query = query.order_by(_m.pairwise, _m.consent_id).limit(limit)
    return [_read(row) for row in snap.connection.execute(query)]


def of_subject(snap: Snapshot, offer_id: UUID, subject: str) -> Member | None:
    """Return whom a recipient means; None for whoever left, or never was there."""
    name = pairwise.read(subject)
    if name is None:
        return None
    query = (
        select(cohort_member)
        .where(_m.offer_id == offer_id, _m.pairwise == name, _m.left_at.is_(None))
        .order_by(_m.joined_at.desc(), _m.consent_id.desc())
        .limit(1)
    )
    row = snap.connection.execute(query).first()
    return None if row is None else _read(row)


def ended(snap: Snapshot, owner: OwnerId, consent_id: ConsentId) -> Member | None:
    """Return the membership that a consent of a person had, if it has ended."""
    query = select(cohort_member).where(
        _m.owner_id == owner, _m.consent_id == consent_id, _m.left_at.is_not(None)
    )
    row = snap.connection.execute(query).first()
    return None if row is None else _read(row)


@dataclass(frozen=True, slots=True)
class Use:
    """How far the recipient came with one consent.

    Attributes:
        sweep_id: the sweep whose fetch was counted last.
        missed_at: beginning of the last sweep that should have had a part and had none.
    """

    sweep_id: UUID | None = None
    missed_at: datetime | None = None


def use(snap: Snapshot, owner: OwnerId, consent_id: ConsentId) -> Use:
    """Return how far the recipient came with a consent."""
    query = select(_u.sweep_id, _u.missed_at).where(*_of(owner, consent_id))
    row = snap.connection.execute(query).first()
    return Use() if row is None else Use(row.sweep_id, row.missed_at)


def count_sweep(
    work: Work, owner: OwnerId, consent_id: ConsentId, sweep_id: UUID
) -> None:
    """Note that a sweep's fetch of a consent is counted."""
    _note(work, owner, consent_id, sweep_id=sweep_id)


def note_missed(
    work: Work, owner: OwnerId, consent_id: ConsentId, began_at: datetime
) -> None:
    """Note that a sweep went by without this person's part.

    The next part is then whole, or what changed in between would be lost.
    """
    _note(work, owner, consent_id, missed_at=began_at)


def forget(work: Work, owner: OwnerId) -> None:
    """Take the person out of every cohort, for erasure; the ends stay, nobody's."""
    mine = update(cohort_member).where(_m.owner_id == owner)
    work.connection.execute(mine.values(owner_id=None))
    for table in (cohort_use, cohort_backlog):
        work.connection.execute(delete(table).where(table.c.owner_id == owner))


def sweep_up(work: Work) -> int:
    """Delete what tells of ends too long ago; return how many."""
    old = delete(cohort_member).where(_m.left_at < work.now - KEPT)
    return work.connection.execute(old).rowcount


def _note(
    work: Work, owner: OwnerId, consent_id: ConsentId, **values: UUID | datetime
) -> None:
    mine = update(cohort_use).where(*_of(owner, consent_id)).values(values)
    if not work.connection.execute(mine).rowcount:
        row = {"owner_id": owner, "consent_id": consent_id, **values}
        work.connection.execute(insert(cohort_use).values(row))


def _of(owner: OwnerId, consent_id: ConsentId) -> Sequence[Any]:
    return (_u.owner_id == owner, _u.consent_id == consent_id)


def _forget_uses(work: Work, owner: OwnerId, consent_id: ConsentId) -> None:
    work.connection.execute(delete(cohort_use).where(*_of(owner, consent_id)))


def _read(row: Any) -> Member:
    name = bytes(row.pairwise)
    return Member(
        place=(name, row.consent_id),
        owner=None if row.owner_id is None else OwnerId(row.owner_id),
        subject=pairwise.write(name),
        consent_id=ConsentId(row.consent_id),
        joined_at=row.joined_at,
        left_at=row.left_at,
        delete_by=row.delete_by,
    )


def backlog(snap: Snapshot, *, limit: int) -> list[tuple[OwnerId, ConsentId]]:
    """Return consents from before there were cohorts that nobody has looked at."""
    c = cohort_backlog.c
    query = select(c.owner_id, c.consent_id).order_by(c.owner_id, c.consent_id)
    rows = snap.connection.execute(query.limit(limit))
    return [(OwnerId(row.owner_id), ConsentId(row.consent_id)) for row in rows]


def settle_backlog(work: Work, owner: OwnerId, consent_id: ConsentId) -> None:
    """Make an old consent a member of its offer's cohort, if it answers one.

    Of one that is over, or whose evidence was destroyed, nobody has to be told.
    """
    c = cohort_backlog.c
    mine = delete(cohort_backlog).where(c.owner_id == owner, c.consent_id == consent_id)
    work.connection.execute(mine)
    with suppress(KeyUnavailable, NotFound):
        current = ledger.get(work, owner, consent_id)
        terms = ledger.terms(work, work.keys, current).provision
        is_over = current.state in FINAL
        if terms is not None and terms.offer_id is not None and not is_over:
            enter(work, current, terms.offer_id, work.now)
