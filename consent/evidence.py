"""How long evidence of consents is kept after its person has gone (C-09, A-09).

The record of a provision rests on the consent behind it, so the evidence of consents
that were ever given is kept as long as that record (APPI article 29). What was asked
and never given rests on nothing and goes at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, not_, select, update

from audit import known_time, person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent.mandate_tables import mandate_current, mandate_event
from consent.outbox_tables import outbox
from consent.promise_tables import benefit, duty
from consent.states import ConsentEvent
from consent.tables import consent_current, consent_event, consent_use
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass, KeyState
from pds.keys.tables import owner_key

OVER: Final = "evidence.over"
"""The action of the entry that tells of destroyed evidence."""

_key, _current, _event = owner_key.c, consent_current.c, consent_event.c


def keep_until(work: Work, owner: OwnerId, until: datetime) -> tuple[int, int]:
    """Keep what was given until a day, and destroy the rest now.

    The person's mandates are kept with it, since a consent names the one it rests on.

    Returns:
        How many consents are kept, and how many went.
    """
    given = select(_event.consent_id).where(
        _event.owner_id == owner, _event.event == ConsentEvent.GIVEN.value
    )
    kept = _generations(work, owner, _current.consent_id.in_(given))
    gone = _generations(work, owner, not_(_current.consent_id.in_(given)))
    mandates = _mandates(work, owner)
    work.connection.execute(
        update(owner_key)
        .where(_is_evidence(owner), _key.generation.in_([*kept, *mandates]))
        .values(destroy_after=until)
    )
    _destroy(work, owner, gone if kept else [*gone, *mandates])
    work.connection.execute(delete(consent_use).where(consent_use.c.owner_id == owner))
    return len(kept), len(gone)


def due(snap: Snapshot, *, limit: int) -> list[OwnerId]:
    """Return persons with evidence whose time has come and whom no hold concerns."""
    held = owner_key.alias()
    is_held = select(held.c.owner_id).where(
        held.c.owner_id == _key.owner_id, held.c.hold != 0
    )
    rows = snap.connection.execute(
        select(_key.owner_id)
        .where(*_is_over(snap), ~is_held.exists())
        .group_by(_key.owner_id)
        .limit(limit)
    )
    return [OwnerId(row.owner_id) for row in rows]


def let_go(work: Work, owner: OwnerId) -> int:
    """Destroy a person's evidence whose time has come; return how many consents.

    Keys, rows and the entry that tells of it go in one transaction.

    Raises:
        NotFound: the log has no such subject.
        KeyHeld: a legal hold forbids it.
        Conflict: `clock.ahead`; whether its time has come cannot be believed.
    """
    person.hold(work, owner)
    ended = work.connection.execute(
        select(_key.generation).where(_key.owner_id == owner, *_is_over(work))
    ).scalars()
    generations = list(ended)
    if generations:
        known_time.require(work)
        detail = {"actor": "bank", "object": "consent", "reasons": OVER}
        work.log.record(
            Entry(
                type=EventType.KEY_EVENT,
                subject=owner,
                count=len(generations),
                detail=detail,
            )
        )
        _destroy(work, owner, generations)
        person.bump_fence(work, owner)
    return len(generations)


def _is_over(snap: Snapshot) -> tuple[ColumnElement[bool], ...]:
    return (
        _key["class"] == KeyClass.CONSENT,
        _key.state != KeyState.DESTROYED,
        _key.destroy_after <= snap.now,
    )


def _is_evidence(owner: OwnerId) -> ColumnElement[bool]:
    return and_(_key.owner_id == owner, _key["class"] == KeyClass.CONSENT)


def _generations(
    work: Work, owner: OwnerId, which: ColumnElement[bool]
) -> Sequence[Any]:
    query = select(_current.generation).where(_current.owner_id == owner, which)
    return work.connection.execute(query).scalars().all()


def _mandates(work: Work, owner: OwnerId) -> Sequence[Any]:
    mine = mandate_event.c.owner_id == owner
    query = select(mandate_event.c.generation).where(mine).distinct()
    return work.connection.execute(query).scalars().all()


def _destroy(work: Work, owner: OwnerId, generations: Sequence[int]) -> None:
    for generation in generations:
        work.keys.destroy(work.connection, owner, KeyClass.CONSENT, generation)
    mine = and_(_current.owner_id == owner, _current.generation.in_(generations))
    ids = work.connection.execute(select(_current.consent_id).where(mine)).scalars()
    gone = list(ids)
    work.connection.execute(
        delete(consent_event).where(
            _event.owner_id == owner, _event.consent_id.in_(gone)
        )
    )
    work.connection.execute(delete(consent_current).where(mine))
    work.connection.execute(
        delete(outbox).where(
            outbox.c.owner_id == owner,
            outbox.c.key_class == KeyClass.CONSENT,
            outbox.c.generation.in_(generations),
        )
    )
    for table in (duty, benefit, mandate_event, mandate_current):
        work.connection.execute(
            delete(table).where(
                table.c.owner_id == owner, table.c.generation.in_(generations)
            )
        )
