"""How many persons have any record of each category: numbers alone, for a chore.

It reads the whole table of records, so it must never stand on a request path.
"""

from sqlalchemy import func, select

from pds.core.database import Snapshot
from pds.vault.tables import IS_CURRENT, vault_record


def persons_by_category(snap: Snapshot) -> dict[str, int]:
    """Return the number of persons by category; categories without any are out."""
    c = vault_record.c
    query = (
        select(c.category, func.count(c.owner_id.distinct()))
        .where(IS_CURRENT)
        .group_by(c.category)
    )
    return {str(row[0]): int(row[1]) for row in snap.connection.execute(query)}
