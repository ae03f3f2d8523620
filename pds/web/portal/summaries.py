"""A record in a few words, from its sealed header: what, how much, when."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask_babel import format_date
from flask_babel import gettext as _

from pds.core.clock import day_of
from pds.vault.records import OpenRecord
from pds.web.languages import category_name, language
from providers.formats.measurements import CONCEPTS


@dataclass(frozen=True)
class Summary:
    """What a list shows of one record.

    Attributes:
        title: what it is.
        value: how much, empty if it has no value of its own.
        day: its last day in Asia/Tokyo.
        has_warning: whether intake found something odd in it.
    """

    record_id: UUID
    category: str
    title: str
    value: str
    day: date
    source_id: UUID
    has_warning: bool


def summarise(record: OpenRecord) -> Summary:
    """Return the words for one record."""
    header = record.header_map()
    return Summary(
        record_id=UUID(bytes=record.record_id),
        category=record.category,
        title=title_of(record.category, header),
        value=value_of(header),
        day=day_of(record.last_day),
        source_id=record.source_id,
        has_warning=header.get("quality") == "warning",
    )


def title_of(category: str, header: dict[str, Any]) -> str:
    """Return what a record is, from its header."""
    if header.get("shop"):
        return _text(header["shop"])
    concept = CONCEPTS.get(header.get("concept", ""))
    if concept is not None:
        return concept.words[language()]
    for code in header.get("codes") or ():
        if code.get("display"):
            return _text(code["display"])
    return _text(header.get("text") or "") or category_name(category)


def value_of(header: dict[str, Any]) -> str:
    """Return how much a record says, from its header; nothing if it has no value."""
    parts = [_quantity(p) for p in (header, *(header.get("components") or ()))]
    shown = [part for part in parts if any(part)]
    units = {unit for _number, unit in shown}
    if len(units) == 1:
        return f"{'/'.join(number for number, _unit in shown)} {units.pop()}".strip()
    return " / ".join(" ".join(filter(None, part)) for part in shown)


def _quantity(part: dict[str, Any]) -> tuple[str, str]:
    """Return a number, or a text that stands for one, and its unit."""
    if part.get("value") is None:
        return _text(part.get("text") or part.get("value_code") or ""), ""
    sign = _text(part.get("comparator") or "")
    number = thousands_apart(_text(part["value"]))
    return f"{sign}{number}", unit_words(_text(part.get("unit") or ""))


def thousands_apart(text: str) -> str:
    """Return a number with its thousands apart, every digit kept; else the text."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return f"{value:,f}" if value.is_finite() else text


def unit_words(code: str) -> str:
    """Return a unit as people write it; codes are UCUM's, or a currency's."""
    words = {
        "Cel": "℃",
        "JPY": _("yen"),
        "kg/m2": "kg/m²",
        "mm[Hg]": "mmHg",
        "{steps}": _("steps"),
        "/min": _("per minute"),
        "d": _("days"),
        "h": _("hours"),
        "min": _("minutes"),
    }
    return str(words.get(code, code))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("display") or "")
    return str(value)


def period(record: OpenRecord) -> str:
    """Return the day or the days of a record in words."""
    first, last = day_of(record.first_day), day_of(record.last_day)
    if first == last:
        return str(format_date(first, "long"))
    return str(
        _(
            "%(first)s to %(last)s",
            first=format_date(first, "long"),
            last=format_date(last, "long"),
        )
    )
