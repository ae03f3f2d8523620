"""Cursors: where a fetch goes on, sealed so that they cannot be made or moved.

A fetch is its first page and the pages that its cursors lead to; frequency limits count
fetches. So a cursor carries when its fetch began and is bound to the grant, and it
lapses an hour later; otherwise pages would be fetches that nobody counted.
"""

import base64
import hmac
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from pds.core.clock import from_millis, to_millis
from pds.core.errors import Invalid
from pds.vault.records import Cursor

FETCH_LIFETIME = timedelta(hours=1)

_FIELDS = struct.Struct(">BQii16s8s")
_VERSION = 1
_MAC_BYTES = 16


@dataclass(frozen=True)
class Continuation:
    """A fetch that goes on: the place reached, the start, and what was asked."""

    place: Cursor
    began_at: datetime


def seal_cursor(
    key: bytes, grant_id: UUID, question: bytes, continuation: Continuation
) -> str:
    """Return the cursor text.

    Args:
        key: the bank's cursor key.
        grant_id: the grant that the fetch runs under.
        question: eight bytes that name the filters of the fetch.
        continuation: where and since when.
    """
    fields = _FIELDS.pack(
        _VERSION,
        to_millis(continuation.began_at),
        continuation.place.last_day,
        continuation.place.order_in_day,
        continuation.place.record_id,
        question,
    )
    mac = _mac(key, grant_id, fields)
    return base64.urlsafe_b64encode(fields + mac).decode().rstrip("=")


def open_cursor(
    key: bytes, grant_id: UUID, question: bytes, text: str, now: datetime
) -> Continuation:
    """Return the continuation that a cursor stands for.

    Raises:
        Invalid: it was not made here, for this grant and these filters, or it lapsed.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        raise Invalid("disclosure.cursor", "The cursor is not base64url.") from None
    fields, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(fields) != _FIELDS.size or not hmac.compare_digest(
        mac, _mac(key, grant_id, fields)
    ):
        raise Invalid("disclosure.cursor", "The cursor was not made for this grant.")
    version, began, last_day, order, record_id, asked = _FIELDS.unpack(fields)
    began_at = from_millis(began)
    if version != _VERSION or asked != question or now - began_at > FETCH_LIFETIME:
        raise Invalid("disclosure.cursor", "The cursor belongs to another fetch.")
    return Continuation(Cursor(last_day, order, record_id), began_at)


def _mac(key: bytes, grant_id: UUID, fields: bytes) -> bytes:
    return hmac.digest(key, b"ib1/cursor\0" + grant_id.bytes + fields, sha256)[
        :_MAC_BYTES
    ]
