"""What the bank did that concerns no person: its register of changes (E-08, G-06)."""

from collections.abc import Iterator
from typing import Any, Final

from audit import subject
from audit.errors import VerificationError
from audit.subject import OwnEntry
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.ids import BANK
from pds.keys.keyring import Keyring
from pds.oversight.bundle.files import Files, rfc3339
from pds.oversight.bundle.period import Period

_PAGE: Final = 200
_SHOWN: Final = ("reasons", "object", "actor", "n")
"""Fields of the bank's own entries; an actor is a role with an account's id."""


def write(snap: Snapshot, keys: Keyring, period: Period, files: Files) -> None:
    """Write the bank's own entries of the period, newest first."""
    files.put_lines("changes.ndjson", _changes(snap, keys, period))


def _changes(snap: Snapshot, keys: Keyring, period: Period) -> Iterator[dict[str, Any]]:
    after, is_more = None, True
    while is_more:
        try:
            page = subject.page(snap, keys, BANK, after=after, limit=_PAGE)
        except VerificationError as error:
            # Evidence is wanted all the more when something does not hold.
            yield {"unreadable": str(error)}
            return
        for each in page.entries:
            if not each.leaf:
                continue
            if period.is_before(each.leaf["t"]):
                return
            if period.holds(from_millis(each.leaf["t"])):
                yield _shown(each)
        if page.sealed_from is not None:
            yield {"unreadable": f"key destroyed: generation {page.sealed_from}"}
        after, is_more = page.next, page.next is not None


def _shown(entry: OwnEntry) -> dict[str, Any]:
    fields = entry.detail.fields
    row: dict[str, Any] = {
        "index": entry.index,
        "id": entry.leaf["id"],
        "at": rfc3339(from_millis(entry.leaf["t"])),
        "type": entry.leaf["typ"],
    }
    if "rcp" in entry.leaf:
        row["recipient"] = entry.leaf["rcp"]
    return row | {name: fields[name] for name in _SHOWN if name in fields}
