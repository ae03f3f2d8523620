"""Which consents a person should look at again (N-13).

A consent that nobody used for 90 days is probably not needed; one that ends within 30
days can be renewed; one whose purpose or data is explained otherwise now gives nothing
until the person agrees anew (D-08). Nothing is done by silence: a reminder changes
nothing (N-10).
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from consent import changed_texts, ledger, text_facts
from consent.changed_texts import Stopped
from consent.instruction_tables import instruction_set
from consent.instructions import StandingInstruction
from consent.ledger import CurrentConsent
from consent.states import ConsentState
from consent.tables import consent_current, consent_use
from pds.core.clock import from_millis, tokyo_day
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId, made_millis
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

ENDS_WITHIN: Final = timedelta(days=30)
UNUSED_FOR: Final = timedelta(days=90)


class Reminder(StrEnum):
    """Why a person should look at a consent again."""

    ENDS_SOON = "ends-soon"
    UNUSED = "unused"
    TEXT_CHANGED = "text-changed"
    TEXT_ENDS = "text-ends"
    TEXT_UNDECIDED = "text-undecided"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A consent in force, and why to look at it.

    Attributes:
        why: every reason.
        used_on: day of the last fetch, in days since 1970 in Asia/Tokyo; None before
            any.
        is_long: whether it was given for longer than the time before which it is
            brought to mind.
        texts: what its texts do to it, if anything.
    """

    consent: CurrentConsent
    why: tuple[Reminder, ...]
    used_on: int | None
    is_long: bool
    texts: Stopped | None = None


def of_owner(snap: Snapshot, keys: Keyring, owner: OwnerId) -> list[Remembered]:
    """Return the person's consents in force that need a look, soonest end first.

    Only those are opened that may need one by what is clear of them; all of them where
    a text was ever changed.
    """
    may_stop = text_facts.may_stop(snap)
    live = ledger.every(snap, owner, states=[ConsentState.GIVEN])
    used = _last_uses(snap, owner)
    found = [
        _look(snap, keys, each, used)
        for each in live
        if may_stop or _may_need_a_look(each, used.get(each.consent_id), snap.now)
    ]
    needed = [each for each in found if each.why]
    return sorted(needed, key=lambda each: each.consent.expires_at)


def reasons(
    *, expires_at: datetime, given_at: datetime, used_on: int | None, now: datetime
) -> Iterable[Reminder]:
    """Say why to look at a consent in force; pure."""
    if now < expires_at <= now + ENDS_WITHIN:
        yield Reminder.ENDS_SOON
    since = tokyo_day(given_at) if used_on is None else used_on
    if tokyo_day(now) - max(since, tokyo_day(given_at)) >= UNUSED_FOR.days:
        yield Reminder.UNUSED


def after(
    snap: Snapshot, keys: Keyring, place: tuple[UUID, UUID], *, limit: int
) -> tuple[list[Remembered], tuple[UUID, UUID] | None]:
    """Look at the next consents in force of everybody, by owner and id.

    Returns:
        Those that need a look, and the place behind which it goes on; None at the end.
    """
    c = consent_current.c
    query = (
        select(c.owner_id, c.consent_id)
        .where(
            c.state == ConsentState.GIVEN.value,
            or_(
                c.owner_id > place[0],
                and_(c.owner_id == place[0], c.consent_id > place[1]),
            ),
        )
        .order_by(c.owner_id, c.consent_id)
        .limit(limit)
    )
    rows = snap.connection.execute(query).all()
    found = []
    for row in rows:
        # A consent whose evidence cannot be opened must not stand before the others.
        with suppress(KeyUnavailable, NotFound):
            owner = OwnerId(row.owner_id)
            consent = ledger.get(snap, owner, ConsentId(row.consent_id))
            found.append(_look(snap, keys, consent, _last_uses(snap, owner)))
    last = (rows[-1].owner_id, rows[-1].consent_id) if len(rows) == limit else None
    return [each for each in found if each.why], last


def ending(
    held: Sequence[StandingInstruction], now: datetime
) -> list[StandingInstruction]:
    """Return instructions that end soon, or ended and were not taken away; pure."""
    return [
        each
        for each in held
        if each.until is not None and each.until - now < ENDS_WITHIN
    ]


def instructing(snap: Snapshot, place: UUID, *, limit: int) -> list[OwnerId]:
    """Return the next persons with instructions, behind a place."""
    c = instruction_set.c
    query = (
        select(c.owner_id).where(c.owner_id > place).order_by(c.owner_id).limit(limit)
    )
    return [OwnerId(each) for each in snap.connection.execute(query).scalars()]


def _look(
    snap: Snapshot, keys: Keyring, consent: CurrentConsent, used: Mapping[UUID, int]
) -> Remembered:
    content = ledger.terms(snap, keys, consent)
    used_on = used.get(consent.consent_id)
    if content.agreement is None or snap.now >= consent.expires_at:
        return Remembered(consent, (), used_on, is_long=False)
    given_at = content.agreement.given_at
    texts = changed_texts.of_consent(snap, content)
    why = [
        *_of_texts(texts),
        *reasons(
            expires_at=consent.expires_at,
            given_at=given_at,
            used_on=used_on,
            now=snap.now,
        ),
    ]
    is_long = consent.expires_at - given_at > ENDS_WITHIN
    return Remembered(consent, tuple(why), used_on, is_long, texts)


def _of_texts(found: Stopped | None) -> Iterable[Reminder]:
    if found is None:
        return
    if found.undecided_since is not None:
        yield Reminder.TEXT_UNDECIDED
    else:
        yield Reminder.TEXT_CHANGED if found.changed else Reminder.TEXT_ENDS


def _may_need_a_look(
    consent: CurrentConsent, used_on: int | None, now: datetime
) -> bool:
    """Say whether `reasons` may find any; nobody said yes before there was an id."""
    earliest = from_millis(made_millis(consent.consent_id))
    return any(
        reasons(
            expires_at=consent.expires_at, given_at=earliest, used_on=used_on, now=now
        )
    )


def _last_uses(snap: Snapshot, owner: OwnerId) -> dict[UUID, int]:
    c = consent_use.c
    query = (
        select(c.consent_id, func.max(c.day))
        .where(c.owner_id == owner)
        .group_by(c.consent_id)
    )
    return {row[0]: int(row[1]) for row in snap.connection.execute(query)}
