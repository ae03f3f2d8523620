"""Counts fetches in the disclosing transaction, so that limits hold under load."""

from sqlalchemy import (
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from audit.work import Work
from consent.engine import Permit
from consent.tables import consent_use
from pds.core.clock import tokyo_day
from pds.core.database import Prepared
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.core.unwritten import Unwritten


class LimitReached(Conflict):
    """Another fetch took the last place since the decision; decide again."""


_PLACE = (
    consent_use.c.owner_id == bindparam("owner"),
    consent_use.c.consent_id == bindparam("consent"),
)
_EVER = Prepared(select(func.count()).select_from(consent_use).where(*_PLACE))
_ADD = Prepared(
    update(consent_use)
    .where(*_PLACE, consent_use.c.day == bindparam("on_day"))
    .values(n=consent_use.c.n + literal_column("1"))
    .returning(consent_use.c.n)
)
_BEGIN = Prepared(
    insert(consent_use).values(
        owner_id=bindparam("owner"),
        consent_id=bindparam("consent"),
        day=bindparam("on_day"),
        n=literal_column("1"),
    )
)


ADD_LATER = Prepared(
    upsert(consent_use)
    .values(
        owner_id=bindparam("owner"),
        consent_id=bindparam("consent"),
        day=bindparam("on_day"),
        n=bindparam("more"),
    )
    .on_conflict_do_update(
        index_elements=[*consent_use.primary_key],
        set_={"n": consent_use.c.n + literal_column("excluded.n")},
    )
)
"""Counts several fetches of a day on SQLite: owner, consent, day, how many more."""
OF_DAY = func.coalesce(
    select(consent_use.c.n)
    .where(*_PLACE, consent_use.c.day == bindparam("on_day"))
    .scalar_subquery(),
    literal_column("0"),
)
"""Fetches of a day, for statements that read it beside other things."""
WAS_USED = exists().where(*_PLACE)
"""Whether there ever was a fetch, for the same statements."""


Place = tuple[bytes, bytes, int, int]
"""The values of `ADD_LATER`."""


def next_place(
    unwritten: Unwritten,
    owner: OwnerId,
    permit: Permit,
    day: int,
    *,
    of_day: int,
    was_used: bool,
) -> Place:
    """Return the place of one more fetch that is counted together with others.

    Args:
        unwritten: rows of this transaction that wait.
        owner: the person.
        permit: says which limits hold.
        day: the day in Asia/Tokyo.
        of_day: what `OF_DAY` said.
        was_used: what `WAS_USED` said.

    Raises:
        LimitReached: `consent.limit-reached`.
    """
    key = (owner.bytes, permit.consent_id.bytes, day)
    waiting = unwritten.get(ADD_LATER, key)
    more = 1 if waiting is None else int(waiting[3]) + 1
    if permit.is_once and (was_used or waiting is not None):
        raise LimitReached("consent.limit-reached", "The one fetch was made.")
    if of_day + more > permit.fetches_per_day:
        raise LimitReached("consent.limit-reached", "The day's fetches were made.")
    return *key, more


def take_later(unwritten: Unwritten, place: Place) -> None:
    """Leave a place to be counted."""
    unwritten.put(ADD_LATER, place[:3], place)


def count(work: Work, owner: OwnerId, permit: Permit) -> int:
    """Count one fetch under a permit; return the number of this day.

    The caller holds the person's state, so that nobody else counts meanwhile.

    Raises:
        LimitReached: `consent.limit-reached`; the unit of work must be rolled back.
    """
    place = {"owner": owner.bytes, "consent": permit.consent_id.bytes}
    connection = work.connection
    if permit.is_once and _EVER.one(connection, **place)[0] > 0:
        raise LimitReached("consent.limit-reached", "The one fetch was made.")
    day = tokyo_day(work.now)
    row = _ADD.one(connection, **place, on_day=day)
    if row is None:
        _BEGIN.run(connection, **place, on_day=day)
    number = 1 if row is None else int(row[0])
    if number > permit.fetches_per_day:
        raise LimitReached("consent.limit-reached", "The day's fetches were made.")
    return number
