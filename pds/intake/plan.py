"""The plan of an import: all that can be done before a transaction is opened."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from pds.intake.errors import NothingAccepted, refusal
from pds.vault.records import RecordDraft
from providers import payload
from providers.formats import reading
from providers.formats.detect import base_type
from providers.formats.reading import Options
from providers.issues import FileRefused, Issue
from providers.records import CanonicalRecord, Item, Outcome
from providers.sources import SELF_SOURCE

_LONGEST_REPORT = 1000
_DEFAULT_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """One record to be stored and the item that it comes from."""

    item: int
    draft: RecordDraft


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would store. Made by `read`; holds personal data.

    Attributes:
        source_id: where it comes from.
        media_type: as declared.
        content: the file as received.
        digest: SHA-256 of the file, hex.
        items: every item of the file with its issues.
        records: the records to store, in the order of the file.
        keeps_raw: whether the file itself may be kept; not when a My Number or card
            number is in it.
    """

    source_id: UUID
    media_type: str
    content: bytes
    digest: str
    items: tuple[Item, ...]
    records: tuple[PlannedRecord, ...]
    keeps_raw: bool

    def count(self, outcome: Outcome) -> int:
        """Return how many items have this outcome so far."""
        return sum(item.outcome is outcome for item in self.items)


def read(
    data: bytes,
    media_type: str,
    *,
    now: datetime,
    source_id: UUID = SELF_SOURCE,
    options: Options | None = None,
) -> ImportPlan:
    """Parse, check and canonicalise a file. Slow and pure: no transaction is needed.

    Args:
        data: the file as received.
        media_type: as declared, or empty.
        now: the moment of reading.
        source_id: where it comes from; the person's own upload unless told.
        options: limits and habits of the source.

    Raises:
        FileUnreadable: it cannot be decoded, or is of a refused form.
        FileTooLarge: too many bytes or items.
        FileUnsupported: no reader knows the format.
        NothingAccepted: every item was rejected; carries all issues.
    """
    try:
        items = tuple(reading.read(data, media_type, now=now, options=options))
    except FileRefused as error:
        raise refusal(error.issue) from None
    kind = base_type(media_type) or _DEFAULT_TYPE
    return of_items(data, kind, [(item, source_id) for item in items], source_id)


def of_items(
    data: bytes,
    media_type: str,
    read_items: Sequence[tuple[Item, UUID]],
    source_id: UUID,
) -> ImportPlan:
    """Return the plan of items that were read already.

    Args:
        data: the file as received.
        media_type: what it is.
        read_items: each item and the source that its records came from.
        source_id: where the file itself comes from.

    Raises:
        NothingAccepted: every item was rejected; carries all issues.
    """
    items = tuple(item for item, _source in read_items)
    found = [
        (position, record, source)
        for position, (item, source) in enumerate(read_items)
        for record in item.records
    ]
    if not found and not any(item.is_context for item in items):
        raise NothingAccepted(
            "intake.nothing-accepted", "Every item was rejected.", _report(items)
        )
    return ImportPlan(
        source_id=source_id,
        media_type=media_type,
        content=data,
        digest=hashlib.sha256(data).hexdigest(),
        items=items,
        records=_planned(found),
        keeps_raw=not any(item.holds_prohibited for item in items),
    )


def _planned(
    found: Sequence[tuple[int, CanonicalRecord, UUID]],
) -> tuple[PlannedRecord, ...]:
    orders = _orders([record for _position, record, _source in found])
    return tuple(
        PlannedRecord(position, _draft(record, order, source))
        for (position, record, source), order in zip(found, orders, strict=True)
    )


def _orders(records: Sequence[CanonicalRecord]) -> list[int]:
    """Rank each record among those of its last day, by time.

    A rank orders a day without telling, in a clear column, what time it was.
    """
    orders, seen = [0] * len(records), Counter[int]()
    moment = attrgetter("moment")
    for position in sorted(range(len(records)), key=lambda p: moment(records[p])):
        day = records[position].last_day
        orders[position] = seen[day]
        seen[day] += 1
    return orders


def _draft(record: CanonicalRecord, order: int, source_id: UUID) -> RecordDraft:
    return RecordDraft(
        category=record.category,
        first_day=record.first_day,
        last_day=record.last_day,
        order_in_day=order,
        payload_schema=record.payload_schema,
        sensitivity=record.sensitivity,
        source_id=source_id,
        dedupe=source_id.bytes + record.dedupe,
        header=payload.write(record.header),
        payload=record.payload,
    )


def _report(items: Sequence[Item]) -> list[Issue]:
    """Return the issues of all items, each path led by the place of its item."""
    found = [
        Issue(
            issue.code, " ".join(filter(None, (item.path, issue.path))), issue.message
        )
        for item in items
        for issue in item.issues
    ]
    return found[:_LONGEST_REPORT]
