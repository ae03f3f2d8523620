"""Bytes in, items out: the one entrance to all formats.

Nothing here raises for what is in a file but `FileRefused`, and that only when no
item of it can be told from another. Everything else is an item with issues.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pds.core import check_digits
from providers import payload
from providers.formats import fhir, prohibited, receipt, ubl
from providers.formats.detect import Format, Limits, detect
from providers.formats.surroundings import Entry, Surroundings, gather
from providers.issues import FileRefused, Issue
from providers.payload import JSON, PayloadError
from providers.records import Item

_BUNDLE_TYPES = frozenset(
    {
        *("collection", "document", "searchset", "transaction", "batch"),
        *("history", "message", "transaction-response", "batch-response"),
    }
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a source is known for, and how much it may send.

    Attributes:
        limits: size and number of items.
        drop_unknown_members: members that this source leaves in its resources though
            FHIR has none of that name; they are dropped and noted (PHR-S22).
    """

    limits: Limits = field(default_factory=Limits)
    drop_unknown_members: frozenset[str] = frozenset()


class _Job:
    """What holds for all of a file."""

    def __init__(
        self, now: datetime, options: Options, format_: str, text: str
    ) -> None:
        self.now = now
        self.format = format_
        self.limits = options.limits
        self.drop = options.drop_unknown_members
        # An escape may hide a digit or a line feed: then each item is looked at.
        self.may_hold_prohibited = "\\" in text or check_digits.may_hold_number(text)


def read(
    data: bytes, media_type: str, *, now: datetime, options: Options | None = None
) -> Iterator[Item]:
    """Yield the items of a file in order.

    Args:
        data: the file.
        media_type: as declared; empty when nothing was declared.
        now: the moment of reading; nothing may lie more than a day after it.
        options: what is known of the source.

    Raises:
        FileRefused: the file as a whole cannot be read; before the first item.
    """
    options = options or Options()
    form = detect(data, media_type, options.limits)
    if form is Format.XML:
        return iter([ubl.read(data, now=now)])
    try:
        text = payload.decode_utf8(data)
        if form is Format.NDJSON:
            return _read_lines(text, _Job(now, options, "fhir-r4+ndjson", text))
        return _read_json(payload.parse(text), _Job(now, options, "fhir-r4+json", text))
    except PayloadError as error:
        raise FileRefused(f"PHR-{error.code}", str(error)) from None


def read_values(
    values: Sequence[JSON], *, now: datetime, options: Options, format_: str
) -> Iterator[Item]:
    """Yield the items of values that were parsed elsewhere, one each, in order.

    Args:
        values: resources and receipts.
        now: the moment of reading.
        options: what is known of the source.
        format_: name of the format that they came in, for provenance.
    """
    # Nothing is known of the text, so every item is looked at for numbers.
    job = _Job(now, options, format_, "\\")
    entries = [Entry(i, f"record {i + 1}", value) for i, value in enumerate(values)]
    return _items(entries, job)


def _read_lines(text: str, job: _Job) -> Iterator[Item]:
    entries: list[Entry | Item] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        _limit(len(entries), job.limits)
        index, path = len(entries), f"line {number}"
        try:
            entries.append(Entry(index, path, payload.parse(line)))
        except PayloadError as error:
            entries.append(_bad_line(index, path, line, error))
    return _items(entries, job)


def _bad_line(index: int, path: str, line: str, error: PayloadError) -> Item:
    hits = tuple(prohibited.find_in_text(line, ""))
    issue = Issue(f"PHR-{error.code}", "", str(error))
    return Item(index, path, "", issues=(issue, *hits), holds_prohibited=bool(hits))


def _read_json(value: JSON, job: _Job) -> Iterator[Item]:
    if isinstance(value, list):
        _limit(len(value) - 1, job.limits)
        found = [Entry(i, f"[{i}]", element) for i, element in enumerate(value)]
        return _items(found, job)
    if value.get("resourceType") == "Bundle":
        return _read_bundle(value, job)
    if "resourceType" not in value and not receipt.is_receipt(value):
        raise FileRefused(
            "PHR-F01", "The JSON is neither a FHIR resource nor a receipt."
        )
    return _items([Entry(0, "", value)], job)


def _read_bundle(bundle: dict[str, JSON], job: _Job) -> Iterator[Item]:
    kind, rows = bundle.get("type"), bundle.get("entry", [])
    if not isinstance(kind, str) or kind not in _BUNDLE_TYPES:
        return iter([_bad_bundle("PHR-S30", "type", "No Bundle type of FHIR R4.")])
    if not isinstance(rows, list):
        return iter([_bad_bundle("PHR-S11", "entry", "The entries must be an array.")])
    _limit(len(rows) - 1, job.limits)
    entries: list[Entry | Item] = [_entry(i, row) for i, row in enumerate(rows)]
    entries += _around_entries(bundle, rows)
    if kind == "document" and not _begins_with_composition(rows):
        return iter(
            [
                _bad_bundle(
                    "PHR-S32", "entry[0]", "A document begins with a Composition."
                )
            ]
        )
    return _items(entries, job)


def _entry(index: int, row: JSON) -> Entry:
    path = f"Bundle.entry[{index}]"
    if not isinstance(row, dict):
        return Entry(index, path, None)
    full_url = row.get("fullUrl")
    return Entry(
        index, path, row.get("resource"), full_url if isinstance(full_url, str) else ""
    )


def _around_entries(bundle: dict[str, JSON], rows: list[JSON]) -> list[Item]:
    """Look for prohibited numbers in what surrounds the resources of a Bundle."""
    own = [{k: v for k, v in bundle.items() if k != "entry"}]
    own += [
        {k: v for k, v in row.items() if k != "resource"}
        for row in rows
        if isinstance(row, dict)
    ]
    hits = tuple(prohibited.find(own))
    if not hits:
        return []
    return [Item(len(rows), "Bundle", "Bundle", issues=hits, holds_prohibited=True)]


def _begins_with_composition(rows: list[JSON]) -> bool:
    first = rows[0].get("resource") if rows and isinstance(rows[0], dict) else None
    return isinstance(first, dict) and first.get("resourceType") == "Composition"


def _bad_bundle(code: str, path: str, message: str) -> Item:
    return Item(0, "Bundle", "Bundle", issues=(Issue(code, path, message),))


def _items(
    found: Sequence[Entry | Item],
    job: _Job,
) -> Iterator[Item]:
    entries = [entry for entry in found if isinstance(entry, Entry)]
    around = gather(
        entries,
        now=job.now,
        format_=job.format,
        drop=job.drop,
        may_hold_prohibited=job.may_hold_prohibited,
    )
    return (
        entry if isinstance(entry, Item) else _item(entry, around) for entry in found
    )


def _item(entry: Entry, around: Surroundings) -> Item:
    if isinstance(entry.value, dict) and receipt.is_receipt(entry.value):
        return receipt.read(entry.value, entry.index, entry.path, now=around.now)
    return fhir.read(entry, around)


def _limit(count: int, limits: Limits) -> None:
    if count >= limits.max_items:
        raise FileRefused("PHR-F04", f"More than {limits.max_items} items.")
