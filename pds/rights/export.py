"""A copy of everything for the person: all current records as NDJSON (C-06, C-08).

One line per record, newest first. Header and payload are the bytes that were sealed,
spliced into the line, so that numbers stay as they were received. The copy is recorded
in the log before the first byte leaves.
"""

import json
from typing import Final
from uuid import UUID

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.vault.records import Cursor, OpenRecord
from pds.vault.service import Vault
from providers.formats.archive import EXPORT_FORMAT

MEDIA_TYPE: Final = "application/x-ndjson"
_ALL: Final = tuple(categories.ALL)
_PAGE: Final = 500


def begin(work: Work, vault: Vault, owner: OwnerId) -> int:
    """Record that the person takes a copy; return how many records there are."""
    counts = vault.count(work, owner, categories=_ALL)
    total = sum(counts.values())
    work.log.record(
        Entry(
            type=EventType.PERSON_EXPORTED,
            subject=owner,
            categories=tuple(sorted(counts)),
            count=total,
            form="copy",
            detail={"actor": "person", "reasons": "exported"},
        )
    )
    return total


def head(total: int) -> bytes:
    """Return the first line: format and number of records."""
    return json.dumps({"format": EXPORT_FORMAT, "records": total}).encode() + b"\n"


def page(
    snap: Snapshot, vault: Vault, owner: OwnerId, after: Cursor | None
) -> tuple[bytes, Cursor | None]:
    """Return the lines of one page and where the next one begins, None at the end."""
    found = vault.page(snap, owner, categories=_ALL, after=after, limit=_PAGE)
    return b"".join(map(line, found.records)), found.next


def line(record: OpenRecord) -> bytes:
    """Return one record as a line; header and payload are spliced as they were kept."""
    clear = {
        "category": record.category,
        "first_day": record.first_day,
        "id": str(UUID(bytes=record.record_id)),
        "last_day": record.last_day,
        "order": record.order_in_day,
        "schema": record.schema,
        "source": str(record.source_id),
        "version": record.version,
    }
    start = json.dumps(clear, separators=(",", ":"))[:-1].encode()
    sealed = b',"header":' + record.header + b',"payload":' + record.payload
    return start + sealed + b"}\n"
