"""How often each recipient was refused for which reason, day by day (G-08).

Leaves name no reason, and the reasons of an entry are sealed under the person's key, so
a report by reason would have to open every denial. Instead each is counted by day,
recipient and reason in the transaction that makes its leaf, with the number that the
leaf says. Nothing here tells of a person, and erasure leaves it as it is.
"""

from collections.abc import Iterable

from sqlalchemy import func, select

from audit.work import Work
from pds.accounts.meeting import insertion
from pds.core.clock import tokyo_day
from pds.core.database import Snapshot
from pds.disclosure.tables import denial_count


def add(work: Work, recipient_id: str, reasons: Iterable[str], n: int) -> None:
    """Count a denial with all its reasons; one with two reasons counts under each."""
    # In one order, so that two who count at once do not wait in a ring.
    for reason in sorted(set(reasons)):
        row = {
            "day": tokyo_day(work.now),
            "recipient_id": recipient_id,
            "reason": reason,
            "n": n,
        }
        counted = insertion(work.connection, denial_count).values(row)
        work.connection.execute(
            counted.on_conflict_do_update(
                index_elements=[*denial_count.primary_key],
                set_={"n": denial_count.c.n + counted.excluded.n},
            )
        )


def between(snap: Snapshot, first: int, last: int) -> dict[tuple[str, str], int]:
    """Return denials by recipient and reason; days since 1970 in Japan, inclusive."""
    count = denial_count.c
    query = (
        select(count.recipient_id, count.reason, func.sum(count.n))
        .where(count.day >= first, count.day <= last)
        .group_by(count.recipient_id, count.reason)
        .order_by(count.recipient_id, count.reason)
    )
    rows = snap.connection.execute(query)
    return {(row[0], row[1]): int(row[2]) for row in rows}
