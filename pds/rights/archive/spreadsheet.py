"""Records as rows for spreadsheets, from their sealed headers."""

import csv
import io
from typing import Any, Final
from uuid import UUID

from pds.core.clock import day_of
from pds.rights.cells import harmless
from pds.vault.records import OpenRecord

COLUMNS: Final = (
    "record_id",
    "category",
    "first_day",
    "last_day",
    "time",
    "code",
    "name",
    "value",
    "unit",
    "components",
    "source_id",
)


class Sheet:
    """Collects the rows of one file."""

    def __init__(self) -> None:
        # Spreadsheets take UTF-8 for what it is only behind a byte order mark.
        self._text = io.StringIO("\ufeff")
        self._text.seek(0, io.SEEK_END)
        self._writer = csv.writer(self._text)
        self._writer.writerow(COLUMNS)

    def add(self, record: OpenRecord) -> None:
        """Add the row of a record."""
        header = record.header_map()
        self._writer.writerow(
            harmless(str(value))
            for value in (
                str(UUID(bytes=record.record_id)),
                record.category,
                day_of(record.first_day).isoformat(),
                day_of(record.last_day).isoformat(),
                _moment(header),
                _code(header),
                _name(header),
                header.get("value", ""),
                header.get("unit", ""),
                " / ".join(_component(each) for each in header.get("components") or ()),
                str(record.source_id),
            )
        )

    def bytes(self) -> bytes:
        """Return the file."""
        return self._text.getvalue().encode()


def _moment(header: dict[str, Any]) -> str:
    time = header.get("time")
    return str(time.get("start", "")) if isinstance(time, dict) else ""


def _code(header: dict[str, Any]) -> str:
    codes = header.get("codes") or ()
    return str(codes[0].get("code", "")) if codes else str(header.get("concept", ""))


def _name(header: dict[str, Any]) -> str:
    shop = header.get("shop")
    if shop:
        return str(shop.get("name", "")) if isinstance(shop, dict) else str(shop)
    for code in header.get("codes") or ():
        if code.get("display"):
            return str(code["display"])
    return str(header.get("text") or header.get("concept") or "")


def _component(part: dict[str, Any]) -> str:
    words = (part.get("concept", ""), part.get("value", ""), part.get("unit", ""))
    return " ".join(str(word) for word in words if word)
