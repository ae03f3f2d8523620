"""A person's mandate: accepted, accepted anew, ended (D-01, N-10, C-11).

At most one stands at a time; after its end a new one may begin. Only the person's own
act makes one, with a fresh login, and silence never changes it: whoever did not accept
newer terms stays under the old ones, and the bank judges nothing new for them. Each act
is an event sealed under a key of the consent evidence of its own, an entry of the
person's log, and a bumped fence::

    (none) ─accepted─► accepted ─accepted (newer terms)─► accepted ─ended─► ended
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select

from audit import person
from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import mandate_record as record
from consent import mandate_terms, preflight
from consent.content import Evidence
from consent.mandate_record import (
    MandateEnding,
    MandateEvent,
    MandateState,
    decode,
    encode,
)
from consent.mandate_tables import mandate_current, mandate_event
from consent.mandate_terms import MandateTerms
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

_c, _e = mandate_current.c, mandate_event.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A person's last mandate.

    Attributes:
        no: number of its last event.
        terms_version: version of the terms that were accepted last.
        generation: key generation of its evidence.
        accepted_at: when it was accepted first.
        changed_at: when the last event was.
    """

    owner: OwnerId
    mandate_id: UUID
    no: int
    state: MandateState
    terms_version: int
    generation: int
    accepted_at: datetime
    changed_at: datetime

    @property
    def stands(self) -> bool:
        """Whether it has not ended."""
        return self.state is MandateState.ACCEPTED

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, if it did."""
        return None if self.stands else self.changed_at


def current(snap: Snapshot, owner: OwnerId) -> Mandate | None:
    """Return the person's last mandate, ended or not; None if there never was one."""
    row = snap.connection.execute(
        select(mandate_current).where(_c.owner_id == owner)
    ).first()
    return None if row is None else _read(row)


def standing(snap: Snapshot, owner: OwnerId) -> Mandate | None:
    """Return the person's mandate if it has not ended."""
    found = current(snap, owner)
    return found if found is not None and found.stands else None


def standing_id(snap: Snapshot, owner: OwnerId) -> UUID | None:
    """Return the id of the person's mandate if it has not ended."""
    found = standing(snap, owner)
    return found.mandate_id if found else None


def acceptable(snap: Snapshot, owner: OwnerId) -> MandateTerms | None:
    """Return the terms that the person could accept now, if there are such.

    Those in force; for somebody who has accepted these, those that are coming.
    """
    found, present = standing(snap, owner), mandate_terms.in_force(snap)
    accepted = found.terms_version if found else 0
    if present is not None and present.version > accepted:
        return present
    coming = mandate_terms.coming(snap) if found else None
    return coming if coming is not None and coming.version > accepted else None


def accept(work: Work, owner: OwnerId, version: int, evidence: Evidence) -> Mandate:
    """Accept terms: the person's own act, separate from any other (N-10, C-11).

    Raises:
        Forbidden: `consent.login-too-old`, or `accounts.closed`.
        NotPermitted: the person is too young to decide alone.
        Conflict: `mandate.not-acceptable`; other terms are in force or none, they were
            accepted already, or somebody acts for the person; `board.undecided`.
    """
    require_in_use(work, owner)
    preflight.require_fresh_login(work, evidence)
    preflight.require_person(work, evidence)
    terms = acceptable(work, owner)
    if terms is None or terms.version != version or evidence.agent_until is not None:
        raise Conflict("mandate.not-acceptable", "These terms cannot be accepted now.")
    if not mandate_terms.is_approved(work, version):
        raise Conflict("board.undecided", "The ethics board has not approved this.")
    before = standing(work, owner)
    after = replace(before or _begin(work, owner), terms_version=terms.version)
    event = partial(
        _event_of(after, terms, work.now),
        auth_time=evidence.auth_time,
        acr=evidence.acr,
        amr=evidence.amr,
        language=evidence.language,
    )
    return _append(work, after, lambda leaf_id: event(leaf_id=leaf_id))


def end(
    work: Work, owner: OwnerId, *, ending: MandateEnding = MandateEnding.PERSON
) -> Mandate:
    """End the mandate. What rests on it is ended by `pds.rights.mandate`.

    Raises:
        Conflict: `mandate.none`; no mandate stands.
    """
    before = standing(work, owner)
    if before is None:
        raise Conflict("mandate.none", "No mandate stands.")
    after = replace(before, state=MandateState.ENDED)
    terms = mandate_terms.get(work, before.terms_version)
    event = partial(_event_of(after, terms, work.now), ending=ending)
    return _append(work, after, lambda leaf_id: event(leaf_id=leaf_id))


def history(
    snap: Snapshot, keys: Keyring, owner: OwnerId, mandate_id: UUID
) -> list[MandateEvent]:
    """Open every event of a mandate, oldest first.

    Raises:
        NotFound: `mandate.none`; the person has no such mandate.
        KeyUnavailable: the evidence was destroyed.
    """
    query = (
        select(mandate_event)
        .where(_e.owner_id == owner, _e.mandate_id == mandate_id)
        .order_by(_e.no)
    )
    rows = snap.connection.execute(query).all()
    if not rows:
        raise NotFound("mandate.none", "The person has no such mandate.")
    key = keys.open(snap.connection, owner, KeyClass.CONSENT, rows[0].generation)
    return [
        decode(keys.unseal(key, bytes(row.envelope), mandate_id, row.no, record.LABEL))
        for row in rows
    ]


def ids(snap: Snapshot, owner: OwnerId) -> list[UUID]:
    """Return the person's mandates, oldest first."""
    query = select(_e.mandate_id).where(_e.owner_id == owner, _e.no == 1)
    return list(snap.connection.execute(query.order_by(_e.mandate_id)).scalars())


def _event_of(
    after: Mandate, terms: MandateTerms, now: datetime
) -> Callable[..., MandateEvent]:
    return partial(
        MandateEvent,
        mandate_id=after.mandate_id,
        no=after.no + 1,
        state=after.state,
        at=now,
        terms_version=terms.version,
        terms=terms.hash.hex(),
    )


def _begin(work: Work, owner: OwnerId) -> Mandate:
    key = work.keys.create(work.connection, owner, KeyClass.CONSENT, now=work.now)
    return Mandate(
        owner=owner,
        mandate_id=work.ids.new(),
        no=0,
        state=MandateState.ACCEPTED,
        terms_version=0,
        generation=key.generation,
        accepted_at=work.now,
        changed_at=work.now,
    )


def _append(
    work: Work, after: Mandate, event: Callable[[UUID], MandateEvent]
) -> Mandate:
    """Seal the event that the entry's id completes, and keep where it leads."""
    owner = after.owner
    person.bump_fence(work, owner)
    made = event(_record(work, after))
    key = work.keys.open(work.connection, owner, KeyClass.CONSENT, after.generation)
    sealed = work.keys.seal(
        work.connection, key, made.mandate_id, made.no, record.LABEL, encode(made)
    )
    values = {
        "owner_id": owner,
        "mandate_id": made.mandate_id,
        "no": made.no,
        "terms_version": made.terms_version,
        "generation": after.generation,
    }
    work.connection.execute(
        insert(mandate_event).values(
            event=made.state.value, at=made.at, envelope=sealed, **values
        )
    )
    work.connection.execute(delete(mandate_current).where(_c.owner_id == owner))
    work.connection.execute(
        insert(mandate_current).values(
            state=made.state.value,
            began_at=after.accepted_at,
            changed_at=made.at,
            **values,
        )
    )
    return replace(after, no=made.no, changed_at=made.at)


def _record(work: Work, after: Mandate) -> UUID:
    detail = {
        "actor": "person",
        "object": canonical(
            {"mandate": str(after.mandate_id), "terms_version": after.terms_version}
        ).decode(),
        "reasons": f"mandate.{after.state.value}",
    }
    entry = Entry(type=EventType.POLICY_EVENT, subject=after.owner, detail=detail)
    return work.log.record(entry).id


def _read(row: Row[Any]) -> Mandate:
    return Mandate(
        owner=OwnerId(row.owner_id),
        mandate_id=row.mandate_id,
        no=row.no,
        state=MandateState(row.state),
        terms_version=row.terms_version,
        generation=row.generation,
        accepted_at=row.began_at,
        changed_at=row.changed_at,
    )
