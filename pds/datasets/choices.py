"""Whether a person agreed to be in data sets: off until the person says yes (X-18).

The law asks for no consent to anonymised sets; this bank does. A withdrawal takes
effect on the next set: rows that were made before are joined to nobody any more, so
nobody can take them out.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.datasets.tables import data_set_choice

ALLOWED: Final = "data-sets.allowed"
STOPPED: Final = "data-sets.stopped"

_choice = data_set_choice.c


def allow(work: Work, owner: OwnerId, *, actor: str = "person") -> None:
    """Let a person be in the next sets; nothing happens if it is so already."""
    require_in_use(work, owner)
    if chosen_at(work, owner) is not None:
        return
    work.connection.execute(
        insert(data_set_choice).values(owner_id=owner, chosen_at=work.now)
    )
    _record(work, owner, ALLOWED, actor)


def stop(work: Work, owner: OwnerId, *, actor: str = "person") -> None:
    """Keep a person out of every set from now on; nothing happens if it is so."""
    person.hold(work, owner)
    if chosen_at(work, owner) is None:
        return
    forget(work, owner)
    _record(work, owner, STOPPED, actor)


def chosen_at(snap: Snapshot, owner: OwnerId) -> datetime | None:
    """Return when a person agreed; None if the person does not."""
    mine = select(_choice.chosen_at).where(_choice.owner_id == owner)
    found: datetime | None = snap.connection.execute(mine).scalar()
    return found


def some(snap: Snapshot, after: OwnerId | None, limit: int) -> list[OwnerId]:
    """Return persons who agree, a page at a time, in the order of their ids."""
    query = select(_choice.owner_id).order_by(_choice.owner_id).limit(limit)
    if after is not None:
        query = query.where(_choice.owner_id > after)
    return [OwnerId(each) for each in snap.connection.execute(query).scalars()]


def forget(work: Work, owner: OwnerId) -> None:
    """Delete the choice of a person, for erasure."""
    work.connection.execute(delete(data_set_choice).where(_choice.owner_id == owner))


def _record(work: Work, owner: OwnerId, action: str, actor: str) -> None:
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=owner,
            detail={"actor": actor, "reasons": action},
        )
    )
