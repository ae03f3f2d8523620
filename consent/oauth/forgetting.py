"""Erasure of a person's authorisations: codes, tokens, routes, grants."""

from sqlalchemy import delete

from audit.work import Work
from consent.oauth.tables import code, grant, token, token_route
from pds.core.ids import OwnerId

_TABLES = (code, token_route, token, grant)


def forget(work: Work, owner: OwnerId) -> None:
    """Delete every row under which something could be had; none is found again."""
    for table in _TABLES:
        work.connection.execute(delete(table).where(table.c.owner_id == owner))
