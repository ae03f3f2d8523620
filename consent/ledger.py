"""Stores and reads the history of consents; every state is the fold of its events.

Only `consent.service` appends. The row of `consent_current` is a cache of the fold; a
test builds it anew from the events.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from audit.work import Work
from consent import content as sealed
from consent.content import Act, EventContent
from consent.states import ConsentEvent, ConsentState
from consent.tables import consent_current, consent_event
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import ConsentId, OwnerId, RecipientId
from pds.core.vocabulary import Sensitivity
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey

LIVE = (
    ConsentState.REQUESTED,
    ConsentState.DEFERRED,
    ConsentState.GIVEN,
    ConsentState.PAUSED,
)
"""States that time can end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentConsent:
    """Where a consent stands, readable without its key.

    Attributes:
        version: number of the last event.
        terms_version: number of the event that said the terms now in force.
        generation: key generation of its evidence.
        sensitivity: highest class of care of its data.
        expires_at: first moment at which it no longer holds.
    """

    owner: OwnerId
    consent_id: ConsentId
    version: int
    terms_version: int
    generation: int
    state: ConsentState
    recipient_id: RecipientId
    sensitivity: Sensitivity
    expires_at: datetime
    changed_at: datetime


def get(snap: Snapshot, owner: OwnerId, consent_id: ConsentId) -> CurrentConsent:
    """Return where a consent of a person stands.

    Raises:
        NotFound: `consent.unknown`; the person has no such consent.
    """
    query = select(consent_current).where(
        consent_current.c.owner_id == owner,
        consent_current.c.consent_id == consent_id,
    )
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("consent.unknown", "The person has no such consent.")
    return _read(row)


def every(
    snap: Snapshot, owner: OwnerId, *, states: Sequence[ConsentState] = ()
) -> list[CurrentConsent]:
    """Return a person's consents, newest first; all of them or those in some states."""
    query = select(consent_current).where(consent_current.c.owner_id == owner)
    if states:
        query = query.where(consent_current.c.state.in_([s.value for s in states]))
    query = query.order_by(consent_current.c.consent_id.desc())
    return [_read(row) for row in snap.connection.execute(query)]


def of_recipient(
    snap: Snapshot,
    recipient_id: RecipientId,
    *,
    state: ConsentState = ConsentState.GIVEN,
) -> list[CurrentConsent]:
    """Return the consents that a recipient has in one state, whoever they are of."""
    query = (
        select(consent_current)
        .where(
            consent_current.c.recipient_id == recipient_id,
            consent_current.c.state == state.value,
        )
        .order_by(consent_current.c.owner_id, consent_current.c.consent_id)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def due(snap: Snapshot, *, limit: int) -> list[CurrentConsent]:
    """Return consents whose time has come, longest overdue first."""
    query = (
        select(consent_current)
        .where(
            consent_current.c.state.in_([state.value for state in LIVE]),
            consent_current.c.expires_at <= snap.now,
        )
        .order_by(consent_current.c.expires_at)
        .limit(limit)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def history(
    snap: Snapshot, keys: Keyring, owner: OwnerId, consent_id: ConsentId
) -> list[EventContent]:
    """Open every event of a consent, oldest first.

    Raises:
        NotFound: `consent.unknown`.
        KeyUnavailable: the evidence was destroyed.
    """
    current = get(snap, owner, consent_id)
    key = _open(snap, keys, current)
    query = (
        select(consent_event.c.version, consent_event.c.envelope)
        .where(
            consent_event.c.owner_id == owner,
            consent_event.c.consent_id == consent_id,
        )
        .order_by(consent_event.c.version)
    )
    return [
        _unseal(keys, key, current, row.version, row.envelope)
        for row in snap.connection.execute(query)
    ]


def terms(snap: Snapshot, keys: Keyring, current: CurrentConsent) -> EventContent:
    """Open the event that said the terms now in force.

    Raises:
        KeyUnavailable: the evidence was destroyed.
    """
    return event(snap, keys, current, current.terms_version)


def event(
    snap: Snapshot, keys: Keyring, current: CurrentConsent, version: int
) -> EventContent:
    """Open one event of a consent.

    Raises:
        NotFound: `consent.unknown`; there is no event of this number.
        KeyUnavailable: the evidence was destroyed.
    """
    key = _open(snap, keys, current)
    query = select(consent_event.c.envelope).where(
        consent_event.c.owner_id == current.owner,
        consent_event.c.consent_id == current.consent_id,
        consent_event.c.version == version,
    )
    envelope = snap.connection.execute(query).scalar()
    if envelope is None:
        raise NotFound("consent.unknown", "There is no such event.")
    return _unseal(keys, key, current, version, envelope)


def events(snap: Snapshot, owner: OwnerId, consent_id: ConsentId) -> list[ConsentEvent]:
    """Return what happened, oldest first, without opening anything."""
    query = (
        select(consent_event.c.event)
        .where(
            consent_event.c.owner_id == owner,
            consent_event.c.consent_id == consent_id,
        )
        .order_by(consent_event.c.version)
    )
    return [ConsentEvent(name) for name in snap.connection.execute(query).scalars()]


def was_entrusted(snap: Snapshot, owner: OwnerId, consent_id: ConsentId) -> bool:
    """Say whether the last yes was the bank's; a renewal is the person's own."""
    query = select(consent_event.c.act).where(
        consent_event.c.owner_id == owner,
        consent_event.c.consent_id == consent_id,
        consent_event.c.event.in_(("given", "renewed", "amended")),
    )
    last = query.order_by(consent_event.c.version.desc()).limit(1)
    return snap.connection.scalar(last) == sealed.Act.MANDATE.value


def append(work: Work, current: CurrentConsent, content: EventContent) -> None:
    """Seal an event and make it the last; `current` is the state after it."""
    key = work.keys.open(
        work.connection, current.owner, KeyClass.CONSENT, current.generation
    )
    envelope = work.keys.seal(
        work.connection,
        key,
        current.consent_id,
        content.version,
        sealed.LABEL,
        sealed.encode(content),
    )
    work.connection.execute(
        insert(consent_event).values(
            owner_id=current.owner,
            consent_id=current.consent_id,
            version=content.version,
            event=content.event.value,
            at=content.at,
            act=content.act.value,
            envelope=envelope,
        )
    )
    _keep(work, current)


def _keep(work: Work, current: CurrentConsent) -> None:
    values = {
        "version": current.version,
        "terms_version": current.terms_version,
        "generation": current.generation,
        "state": current.state.value,
        "recipient_id": current.recipient_id,
        "sensitivity": current.sensitivity.level,
        "expires_at": current.expires_at,
        "changed_at": current.changed_at,
    }
    place = {"owner_id": current.owner, "consent_id": current.consent_id}
    if current.version == 1:
        statement: Any = insert(consent_current).values(**place, **values)
    else:
        statement = (
            update(consent_current)
            .where(*(consent_current.c[name] == place[name] for name in place))
            .values(values)
        )
    work.connection.execute(statement)


def last_act(
    snap: Snapshot, owner: OwnerId, consent_id: ConsentId, event: ConsentEvent
) -> Act | None:
    """Return whose act the newest event of a kind was; None if there is none."""
    c = consent_event.c
    query = (
        select(c.act)
        .where(c.owner_id == owner, c.consent_id == consent_id, c.event == event.value)
        .order_by(c.version.desc())
        .limit(1)
    )
    found = snap.connection.execute(query).scalar()
    return None if found is None else Act(found)


def _open(snap: Snapshot, keys: Keyring, current: CurrentConsent) -> OpenKey:
    return keys.open(
        snap.connection, current.owner, KeyClass.CONSENT, current.generation
    )


def _unseal(
    keys: Keyring,
    key: OpenKey,
    current: CurrentConsent,
    version: int,
    envelope: bytes,
) -> EventContent:
    data = keys.unseal(key, bytes(envelope), current.consent_id, version, sealed.LABEL)
    return sealed.decode(data)


def _read(row: Row[Any]) -> CurrentConsent:
    owner: UUID = row.owner_id
    consent_id: UUID = row.consent_id
    return CurrentConsent(
        owner=OwnerId(owner),
        consent_id=ConsentId(consent_id),
        version=row.version,
        terms_version=row.terms_version,
        generation=row.generation,
        state=ConsentState(row.state),
        recipient_id=RecipientId(row.recipient_id),
        sensitivity=Sensitivity.of_level(row.sensitivity),
        expires_at=row.expires_at,
        changed_at=row.changed_at,
    )
