"""Counts fetches in the disclosing transaction, so that limits hold under load."""

from sqlalchemy import bindparam, func, insert, literal_column, select, update

from audit.work import Work
from consent.engine import Permit
from consent.tables import consent_use
from pds.core.clock import tokyo_day
from pds.core.database import Prepared
from pds.core.errors import Conflict
from pds.core.ids import OwnerId


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
