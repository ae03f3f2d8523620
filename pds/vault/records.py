"""Value types of the vault: drafts that go in, open records and pages that come out."""

import base64
import binascii
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from pds.core.database import Snapshot
from pds.core.ids import Ids
from pds.core.vocabulary import Sensitivity
from pds.crypto.envelope import frame
from pds.vault.errors import VaultInvalid
from pds.vault.schemas import name_of

_LEAST_DAY, _MOST_DAY = -(2**31), 2**31 - 1
_CURSOR = struct.Struct(">ii16s")

Row = tuple[Any, ...]
"""The columns of an opened record, in the order of `pds.vault.selection`: record id,
version, schema, first day, last day, sensitivity, source id, sealed bytes, order in the
day, category, generation."""
SEALED, CATEGORY, GENERATION = 7, 9, 10


class RecordState(IntEnum):
    """What a version of a record stands for."""

    CURRENT = 1
    SUPERSEDED = 2
    UNDONE = 3
    DELETED = 4


class ImportState(IntEnum):
    """Whether an import still counts."""

    STORED = 1
    UNDONE = 2


class Writing(Snapshot, Protocol):
    """What the vault needs of a unit of work."""

    @property
    def ids(self) -> Ids:
        """Maker of ids."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDraft:
    """A record before it is sealed.

    Attributes:
        category: exact category id.
        first_day: day in Asia/Tokyo since 1970-01-01 on which it begins.
        last_day: the day on which it ends.
        order_in_day: greater is later on its last day.
        payload_schema: such as `fhir-r4/Observation` or `receipt/1`.
        sensitivity: of the category; prohibited is refused.
        source_id: where it came from.
        dedupe: what two deliveries of the same record have in common.
        header: codes, values, exact times, provenance; JSON, or its canonical bytes.
        payload: canonical JSON bytes, kept as they are.
    """

    category: str
    first_day: int
    last_day: int
    order_in_day: int
    payload_schema: str
    sensitivity: str
    source_id: UUID
    dedupe: bytes
    header: Mapping[str, Any] | bytes
    payload: bytes

    def text(self) -> bytes:
        """Return what is sealed: u32 length of header ‖ header ‖ payload."""
        header = self.header
        if not isinstance(header, bytes):
            header = json.dumps(
                header,
                ensure_ascii=False,
                allow_nan=False,
                sort_keys=True,
                separators=(",", ":"),
            ).encode()
        return frame(header, self.payload)

    def check(self) -> None:
        """Raise VaultInvalid if days, order or sensitivity cannot be stored."""
        if not _LEAST_DAY <= self.first_day <= self.last_day <= _MOST_DAY:
            raise VaultInvalid("vault.days", "A record ends before it begins.")
        if not _LEAST_DAY <= self.order_in_day <= _MOST_DAY:
            raise VaultInvalid("vault.order", "The order in the day is out of range.")
        if Sensitivity(self.sensitivity) is Sensitivity.PROHIBITED:
            raise VaultInvalid("vault.prohibited", "Prohibited data is never stored.")


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one draft; no id means that the record was there already."""

    record_id: UUID | None


class OpenRecord:
    """A record that was opened: its clear columns, its header and its payload."""

    __slots__ = ("_row", "header", "payload")

    header: bytes
    """The sealed header, canonical JSON."""
    payload: bytes
    """The payload, exactly as it was stored until a reader leaves elements out."""

    def __init__(self, row: Row, header: bytes, payload: bytes) -> None:
        self._row = row
        self.header = header
        self.payload = payload

    def __repr__(self) -> str:
        return f"OpenRecord({UUID(bytes=self.record_id)})"

    @property
    def record_id(self) -> bytes:
        """The record's 16 bytes."""
        found: bytes = self._row[0]
        return found

    @property
    def version(self) -> int:
        """The version, from 1."""
        return int(self._row[1])

    @property
    def category(self) -> str:
        """The category id."""
        return str(self._row[CATEGORY])

    @property
    def first_day(self) -> int:
        """Day on which it begins, since 1970-01-01 in Asia/Tokyo."""
        return int(self._row[3])

    @property
    def last_day(self) -> int:
        """Day on which it ends."""
        return int(self._row[4])

    @property
    def order_in_day(self) -> int:
        """Greater is later on its last day."""
        return int(self._row[8])

    @property
    def schema(self) -> str:
        """The payload schema, such as `receipt/1`."""
        return name_of(self._row[2])

    @property
    def sensitivity(self) -> Sensitivity:
        """The sensitivity that it was stored with."""
        return Sensitivity.of_level(self._row[5])

    @property
    def source_id(self) -> UUID:
        """Where it came from."""
        return UUID(bytes=self._row[6])

    def shown(self) -> tuple[tuple[Any, ...], bytes]:
        """Return what a recipient may see, in one call for the hot path.

        Returns:
            (category, number of the payload schema, first day, last day) and payload.
        """
        row = self._row
        return (row[CATEGORY], row[2], row[3], row[4]), self.payload

    @property
    def cursor(self) -> "Cursor":
        """The place of this record in the order of pages."""
        return Cursor(self.last_day, self.order_in_day, self.record_id)

    def header_map(self) -> dict[str, Any]:
        """Return the header, read."""
        found: dict[str, Any] = json.loads(self.header)
        return found


class Cursor(NamedTuple):
    """The place after which a page begins."""

    last_day: int
    order_in_day: int
    record_id: bytes

    def text(self) -> str:
        """Return it for a URL; it says no more than the records that were shown."""
        return base64.urlsafe_b64encode(_CURSOR.pack(*self)).decode("ascii")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read a cursor from a URL; VaultInvalid if it is none of ours."""
        try:
            raw = base64.b64decode(text, altchars=b"-_", validate=True)
            return cls(*_CURSOR.unpack(raw))
        except (binascii.Error, struct.error, ValueError):
            raise VaultInvalid("vault.cursor", "The cursor cannot be read.") from None


class Since(NamedTuple):
    """Which records are new to somebody.

    Attributes:
        stored_after: stored later than this, Unix milliseconds.
        stored_until: and no later than this.
        last_day_after: or stored before, and of a later day than this, so that they
            were of the future when somebody looked.
    """

    stored_after: int
    stored_until: int
    last_day_after: int


class Opened(NamedTuple):
    """Records that were opened, side by side.

    Attributes:
        rows: the clear columns of each.
        headers: the header of each.
        payloads: the payload of each, exactly as it was stored.
    """

    rows: Sequence[Row]
    headers: Sequence[bytes]
    payloads: Sequence[bytes]


class Page:
    """Some records, newest first.

    Attributes:
        opened: the records side by side.
        left_out: how many do not open; only where the reader asked to go on.
        next: where the next page begins; None at the end.
    """

    def __init__(
        self, opened: Opened, *, following: Row | None, left_out: int = 0
    ) -> None:
        self.opened = opened
        self.left_out = left_out
        # The last row counts, whether it opened or not.
        self.next = OpenRecord(following, b"", b"").cursor if following else None

    @cached_property
    def records(self) -> list[OpenRecord]:
        """The records as objects, made when they are asked for."""
        return list(map(OpenRecord, *self.opened))


NOTHING = Page(Opened((), (), ()), following=None)
"""The page of what is not there."""


@dataclass(frozen=True, slots=True)
class Import:
    """One delivery of data into the vault."""

    import_id: UUID
    source_id: UUID
    media_type: str
    state: ImportState
    stored: int
    duplicate: int
    rejected: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RawOriginal:
    """A file as it was received."""

    media_type: str
    content: bytes
