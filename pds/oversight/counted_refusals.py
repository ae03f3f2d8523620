"""Holds counted refusals against their entries, both ways.

The first refusal of a grant for the same reasons is an entry at once and opens a window
of a minute; what is refused within it is counted, and stands in one further entry. So
each window has its first entry, each fresh first entry its window, and each entry of a
count a first one before it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from audit.leaf import EventType
from audit.subject import OwnEntry
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.disclosure.denials import WINDOW
from pds.disclosure.tables import denial_window
from pds.oversight.receipt_finding import Found, Mismatch

_LAG: Final = timedelta(seconds=5)
"""How far an entry's time may lie from the moment of its act."""
_OVERDUE: Final = timedelta(minutes=10)
"""By then the count of a window that is over must have its entry."""


def compare(
    snap: Snapshot, owner: OwnerId, denied: Sequence[OwnEntry]
) -> Iterator[Found]:
    """Yield every difference for one subject.

    Args:
        snap: one consistent state.
        owner: the subject.
        denied: all its entries of refusals and of its erasure, newest first.
    """
    newest: dict[tuple[str, str], OwnEntry] = {}
    seen: set[tuple[str, str]] = set()
    for entry in reversed(denied):
        if entry.leaf["typ"] == EventType.PERSON_ERASED:
            # Erasure closes every window, however fresh.
            newest.clear()
            continue
        key = _key(entry)
        if "request_id" in entry.detail.fields:
            newest[key] = entry
            seen.add(key)
        elif key not in seen:
            yield Found(Mismatch.COUNT_WITHOUT_FIRST, index=entry.index)
    query = select(denial_window).where(denial_window.c.owner_id == owner)
    rows = snap.connection.execute(query).all()
    for row in rows:
        yield from _of_window(snap, row, newest)
    open_now = {(str(row.consent_id), row.reasons) for row in rows}
    fresh = to_millis(snap.now - WINDOW + _LAG)
    for key, entry in newest.items():
        if entry.leaf["t"] > fresh and key not in open_now:
            yield Found(Mismatch.ENTRY_WITHOUT_WINDOW, index=entry.index)


def _of_window(
    snap: Snapshot, row: Any, newest: dict[tuple[str, str], OwnEntry]
) -> Iterator[Found]:
    age = snap.now - row.first_at
    first = newest.get((str(row.consent_id), row.reasons))
    is_there = first is not None and (first.leaf["t"] >= to_millis(row.first_at - _LAG))
    if age > _LAG and not is_there:
        why = f"{row.repeated + 1} refusals under one consent"
        yield Found(Mismatch.REFUSAL_WITHOUT_ENTRY, why=why)
    elif age > WINDOW + _OVERDUE and row.repeated:
        why = f"{row.repeated} counted refusals wait for their entry"
        yield Found(Mismatch.REFUSAL_WITHOUT_ENTRY, why=why)


def _key(entry: OwnEntry) -> tuple[str, str]:
    fields = entry.detail.fields
    return fields.get("consent_id", ""), fields.get("reasons", "")
