"""Pushed authorisation requests (RFC 9126): store, open in a browser, consume.

A request is stored when the client pushes it, *opened* when the person's browser
arrives in time, and *consumed* only when the person has decided. Loading the page
twice, a link prefetch or a second login therefore does no harm (FAPI 2.0 5.3.2.2
note 3), and a decision can be made only once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from audit.work import Work
from consent.oauth import lifetimes, opaque
from consent.oauth.errors import UnknownRequest
from consent.oauth.tables import request as table
from pds.core.database import Snapshot


@dataclass(frozen=True)
class PushedRequest:
    """A request that waits for the person.

    Attributes:
        parameters: the parameters as the client pushed them, checked.
        thumbprint: of the DPoP key that the code will be bound to.
        is_opened: whether a browser has arrived.
        waits_until: first moment at which it is over, if nobody decides; None while
            no browser has arrived.
    """

    request_hash: bytes
    client_id: str
    parameters: Mapping[str, str]
    thumbprint: bytes
    is_opened: bool
    waits_until: datetime | None = None


def push(
    work: Work, *, client_id: str, parameters: Mapping[str, str], thumbprint: bytes
) -> str:
    """Store a checked request; return its `request_uri`."""
    text, digest = opaque.make(work.ids)
    work.connection.execute(
        insert(table).values(
            request_hash=digest,
            client_id=client_id,
            payload=json.dumps(dict(parameters), ensure_ascii=False, sort_keys=True),
            dpop_jkt=thumbprint,
            expires_at=work.now + lifetimes.PUSHED_REQUEST,
        )
    )
    return opaque.request_uri(text)


def find(snap: Snapshot, request_uri: str, client_id: str) -> PushedRequest:
    """Return a request that may still be shown or decided.

    Raises:
        UnknownRequest: it is unknown, over, decided, or another client's; the four
            are alike to whoever asks.
    """
    row = snap.connection.execute(
        select(table).where(
            table.c.request_hash == (opaque.request_digest(request_uri) or b""),
            table.c.consumed_at.is_(None),
        )
    ).one_or_none()
    if (
        row is None
        or row.client_id != client_id
        or snap.now >= _over_at(row.expires_at, row.opened_at)
    ):
        raise UnknownRequest("oauth.unknown-request", "No such request waits.")
    return PushedRequest(
        request_hash=row.request_hash,
        client_id=row.client_id,
        parameters=json.loads(row.payload),
        thumbprint=bytes(row.dpop_jkt),
        is_opened=row.opened_at is not None,
        waits_until=row.opened_at and row.opened_at + lifetimes.INTERACTION,
    )


def _over_at(expires_at: datetime, opened_at: datetime | None) -> datetime:
    return expires_at if opened_at is None else opened_at + lifetimes.INTERACTION


def open_request(work: Work, request_uri: str, client_id: str) -> None:
    """Note that the browser arrived in time; the person now has time to read.

    Raises:
        UnknownRequest: as `find` does.
    """
    found = find(work, request_uri, client_id)
    work.connection.execute(
        update(table)
        .where(table.c.request_hash == found.request_hash, table.c.opened_at.is_(None))
        .values(opened_at=work.now)
    )


def consume(work: Work, request_uri: str, client_id: str) -> PushedRequest:
    """Take a request for the person's decision, in the unit of work that records it.

    Raises:
        UnknownRequest: as `find` does; of two that decide at once, the second.
    """
    found = find(work, request_uri, client_id)
    taken = work.connection.execute(
        update(table)
        .where(
            table.c.request_hash == found.request_hash, table.c.consumed_at.is_(None)
        )
        .values(consumed_at=work.now)
    )
    if taken.rowcount != 1:
        raise UnknownRequest("oauth.unknown-request", "It was decided meanwhile.")
    return found
