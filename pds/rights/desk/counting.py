"""How many requests of each kind came in; complaints are among them (G-08)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from pds.core.database import Snapshot
from pds.rights.desk.tables import rights_request


def by_kind(
    snap: Snapshot, since: datetime | None, until: datetime | None
) -> dict[str, int]:
    """Count the requests of a time that may be open at either end."""
    kind, at = rights_request.c.kind, rights_request.c.received_at
    query: Select[Any] = select(kind, func.count()).group_by(kind).order_by(kind)
    if since is not None:
        query = query.where(at >= since)
    if until is not None:
        query = query.where(at < until)
    return {row[0]: row[1] for row in snap.connection.execute(query)}
