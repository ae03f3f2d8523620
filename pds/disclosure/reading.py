"""Which days a selection reads now, and the walk over their records."""

from collections.abc import Iterator
from datetime import date, timedelta

from audit.merkle import leaf_hash
from consent.periods import SUMMED, over
from consent.selection import Selection
from pds.core.clock import TOKYO, day_number
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import questions
from pds.vault.records import Cursor, OpenRecord
from pds.vault.service import Vault

_CHUNK = 1000


def days(snap: Snapshot, selection: Selection) -> tuple[date, date]:
    """Return the first and the last day of data that may be read now.

    Sums cover periods that are over, and a question the days that it looks back, up to
    yesterday. Records of tomorrow (a clock abroad) are not yet part of a window that
    grows.
    """
    today = snap.now.astimezone(TOKYO).date()
    first, last = selection.first_day, selection.last_day
    if selection.detail in SUMMED:
        return first, over(last, selection.detail, today)
    if selection.question is not None:
        back = timedelta(days=questions.get(selection.question).days)
        return max(first, today - back), today - timedelta(days=1)
    return first, today if last is None else last


def records(
    vault: Vault,
    snap: Snapshot,
    owner: OwnerId,
    selection: Selection,
    after: Cursor | None,
) -> Iterator[OpenRecord]:
    """Yield every record of a selection after a place, newest first."""
    first, last = days(snap, selection)
    while True:
        page = vault.page(
            snap,
            owner,
            categories=selection.categories,
            first_day=day_number(first),
            last_day=day_number(last),
            after=after,
            limit=_CHUNK,
        )
        yield from page.records
        after = page.next
        if after is None:
            return


def list_leaf(record: OpenRecord) -> bytes:
    """Return the leaf hash of a record in the list of what a disclosure rests on."""
    return leaf_hash(record.record_id + record.version.to_bytes(8, "big"))
