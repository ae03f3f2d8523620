"""Cursors of cohorts: opaque, sealed to offer and recipient, and none stands for data.

Three kinds, each a fixed structure and a MAC under the bank's cursor key with a label
of its own (`docs/formats/provision.md`, section 6):

- *sweep*: where a walk over a cohort goes on. Carries the sweep's name and beginning,
  so that a page that is read again is the same page and no second fetch.
- *since*: what a finished sweep leaves behind. It names a moment and nobody, so it
  survives whatever becomes of consents, and it does not lapse.
- *part*: where one person's records go on when a part had not room for all.
"""

import base64
import hmac
import struct
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from consent.cohort import KEPT, Place
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Invalid
from pds.vault.records import Cursor

SWEEP_LIFETIME: Final = timedelta(hours=6)
"""How long after its beginning a sweep can go on."""

_VERSION: Final = 1
_MAC_BYTES: Final = 16
_SWEEP: Final = struct.Struct(">B16sqq16s16s")
_SINCE: Final = struct.Struct(">Bq")
_PART: Final = struct.Struct(">Bqqii16s8s")
_NEVER: Final = -1
_BEGINNING: Final[Place] = (b"\0" * 16, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Sweep:
    """One walk over a cohort.

    Attributes:
        sweep_id: its name; a fetch of one person counts once in it.
        began_at: what was stored later is for the next sweep.
        since: beginning of the sweep that the recipient holds already; None if none.
        after: the place reached; None at the beginning.
    """

    sweep_id: UUID
    began_at: datetime
    since: datetime | None
    after: Place | None

    def at(self, place: Place) -> "Sweep":
        """Return the same sweep, further on."""
        return replace(self, after=place)


@dataclass(frozen=True, slots=True)
class PartPlace:
    """Where one person's records go on, and the sweep that they belong to."""

    place: Cursor
    began_at: datetime
    since: datetime | None


def seal_sweep(key: bytes, offer_id: UUID, sweep: Sweep) -> str:
    """Return the text of a sweep's cursor."""
    name, consent_id = sweep.after or _BEGINNING
    fields = _SWEEP.pack(
        _VERSION,
        sweep.sweep_id.bytes,
        to_millis(sweep.began_at),
        _millis(sweep.since),
        name,
        consent_id.bytes,
    )
    return _seal(key, b"sweep\0" + offer_id.bytes, fields)


def open_sweep(key: bytes, offer_id: UUID, text: str, now: datetime) -> Sweep:
    """Return the sweep that a cursor stands for.

    Raises:
        Invalid: `cohort.cursor`; it is none of this offer's, or it lapsed.
    """
    fields = _open(key, b"sweep\0" + offer_id.bytes, _SWEEP, text)
    _version, sweep_id, began, since, name, consent_id = fields
    began_at = from_millis(began)
    if now - began_at > SWEEP_LIFETIME:
        raise Invalid("cohort.cursor", "The sweep began too long ago.")
    after = (name, UUID(bytes=consent_id))
    return Sweep(UUID(bytes=sweep_id), began_at, _moment(since), after)


def seal_since(key: bytes, offer_id: UUID, began_at: datetime) -> str:
    """Return what the recipient keeps of a finished sweep."""
    fields = _SINCE.pack(_VERSION, to_millis(began_at))
    return _seal(key, b"since\0" + offer_id.bytes, fields)


def open_since(key: bytes, offer_id: UUID, text: str, now: datetime) -> datetime:
    """Return the beginning of the sweep that the recipient holds.

    Raises:
        Invalid: `cohort.since`; it is none of this offer's, or so old that those who
            left since are not all known any more.
    """
    fields = _open(key, b"since\0" + offer_id.bytes, _SINCE, text)
    began_at = from_millis(fields[1])
    if now - began_at > KEPT - SWEEP_LIFETIME:
        raise Invalid("cohort.since", "It is too old; begin with everything.")
    return began_at


def seal_part(
    key: bytes, consent_id: UUID, question: bytes, continuation: PartPlace
) -> str:
    """Return the text of the cursor of one person's records."""
    fields = _PART.pack(
        _VERSION,
        to_millis(continuation.began_at),
        _millis(continuation.since),
        continuation.place.last_day,
        continuation.place.order_in_day,
        continuation.place.record_id,
        question,
    )
    return _seal(key, b"part\0" + consent_id.bytes, fields)


def open_part(
    key: bytes, consent_id: UUID, question: bytes, text: str, now: datetime
) -> PartPlace:
    """Return where one person's records go on.

    Raises:
        Invalid: `cohort.cursor`; it belongs to another consent or other filters, or it
            lapsed.
    """
    fields = _open(key, b"part\0" + consent_id.bytes, _PART, text)
    _version, began, since, last_day, order, record_id, asked = fields
    began_at = from_millis(began)
    if asked != question or now - began_at > SWEEP_LIFETIME:
        raise Invalid("cohort.cursor", "The cursor belongs to another fetch.")
    return PartPlace(Cursor(last_day, order, record_id), began_at, _moment(since))


def _seal(key: bytes, bound_to: bytes, fields: bytes) -> str:
    mac = _mac(key, bound_to, fields)
    return base64.urlsafe_b64encode(fields + mac).decode().rstrip("=")


def _open(
    key: bytes, bound_to: bytes, form: struct.Struct, text: str
) -> tuple[Any, ...]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        raise Invalid("cohort.cursor", "The cursor is not base64url.") from None
    fields, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    is_ours = hmac.compare_digest(mac, _mac(key, bound_to, fields))
    if len(fields) != form.size or not is_ours or fields[0] != _VERSION:
        raise Invalid("cohort.cursor", "The cursor was not made for this.")
    return form.unpack(fields)


def _mac(key: bytes, bound_to: bytes, fields: bytes) -> bytes:
    return hmac.digest(key, b"ib1/cohort/" + bound_to + fields, sha256)[:_MAC_BYTES]


def _millis(moment: datetime | None) -> int:
    return _NEVER if moment is None else to_millis(moment)


def _moment(millis: int) -> datetime | None:
    return None if millis == _NEVER else from_millis(millis)
