"""Removing rows of OAuth state: what is past its time, and what an erased person had.

Grants are not swept: they belong to the consent's evidence and go with the person.
"""

from typing import Any

from sqlalchemy import bindparam, delete, select

from audit.work import Work
from consent.oauth import lifetimes
from consent.oauth.tables import (
    code,
    grant,
    offer_token,
    replay,
    request,
    token,
    token_route,
)
from pds.core.ids import OwnerId

_BATCH = 500

_ONE_TOKEN = delete(token).where(
    token.c.owner_id == bindparam("owner"), token.c.token_hash == bindparam("digest")
)
_ONE_ROUTE = delete(token_route).where(token_route.c.token_hash == bindparam("digest"))


def sweep(work: Work) -> int:
    """Remove rows that nothing can accept any more; return how many.

    At most 500 tokens go at once, so that the unit of work stays short; the worker
    calls again while the answer is not zero.
    """
    over = work.now - lifetimes.INTERACTION - lifetimes.PUSHED_REQUEST
    statements = (
        delete(replay).where(replay.c.expires_at < work.now),
        delete(code).where(code.c.expires_at < work.now - lifetimes.CODE_MEMORY),
        delete(request).where(request.c.expires_at < over),
        delete(offer_token).where(offer_token.c.expires_at < work.now),
    )
    removed = sum(work.connection.execute(each).rowcount for each in statements)
    return removed + _sweep_tokens(work)


def _sweep_tokens(work: Work) -> int:
    found: list[dict[str, Any]] = [
        {"owner": row.owner_id, "digest": row.token_hash}
        for row in work.connection.execute(
            select(token_route).where(token_route.c.expires_at < work.now).limit(_BATCH)
        )
    ]
    for one in found:
        work.connection.execute(_ONE_TOKEN, one)
        work.connection.execute(_ONE_ROUTE, {"digest": one["digest"]})
    return len(found)


def erase_owner(work: Work, owner: OwnerId) -> None:
    """Remove every row of OAuth state that names a person."""
    for table in (code, token_route, token, grant):
        work.connection.execute(delete(table).where(table.c.owner_id == owner))
