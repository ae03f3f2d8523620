"""What a person may narrow the list of records by; read from the address of the page.

The form is a GET, so that a narrowed list has an address of its own and works without
script. What cannot be understood is complained about beside its field, and the page
then lists nothing rather than something else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from pds.core.clock import day_number
from pds.core.vocabulary import categories
from pds.web.forms import Form

RANGES: Final[Mapping[str, tuple[int, Any]]] = {
    "30d": (30, _l("Last 30 days")),
    "3m": (91, _l("Last 3 months")),
    "1y": (365, _l("Last year")),
    "all": (0, _l("All the time")),
}
"""Quick ranges by their name in an address: days that they reach back, and words."""

_MOST_VALUES: Final = 200
"""Categories that one address may name; there are far fewer."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed by.

    Attributes:
        categories: exact category ids; empty means every one.
        source: where records came from, if that was asked.
        first: first day, if one was given.
        last: last day, if one was given.
        range_name: the quick range that first came from, or nothing.
    """

    categories: tuple[str, ...] = ()
    source: UUID | None = None
    first: date | None = None
    last: date | None = None
    range_name: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.categories or self.source or self.first or self.last)

    def window(self) -> tuple[int | None, int | None]:
        """Return first and last day as the vault counts them."""
        return (
            None if self.first is None else day_number(self.first),
            None if self.last is None else day_number(self.last),
        )

    def with_range(self, name: str) -> dict[str, Any]:
        """Return the filter for an address, over a quick range instead of its days."""
        days = {"from": None, "to": None, "range": name if days_of(name) else None}
        return self.arguments(**days)

    def arguments(self, **changed: Any) -> dict[str, Any]:
        """Return the filter for an address, with some of it changed."""
        is_typed = not self.range_name
        found: dict[str, Any] = {
            "category": list(self.categories) or None,
            "source": self.source,
            "from": self.first.isoformat() if self.first and is_typed else None,
            "to": self.last.isoformat() if self.last and is_typed else None,
            "range": self.range_name or None,
        }
        return {k: v for k, v in {**found, **changed}.items() if v is not None}


def read(
    sent: MultiDict[str, str], sources: Collection[UUID], today: date
) -> tuple[Filter, Form]:
    """Read the filter of an address.

    Args:
        sent: the arguments of the address.
        sources: where the person's records came from.
        today: the day in Asia/Tokyo, from which quick ranges reach back.

    Returns:
        The filter, and the form with what was typed and what is wrong with it.
    """
    form = Form()
    chosen = _categories(sent.getlist("category"), form)
    source = _source(sent.get("source", ""), sources, form)
    first, last = _day(sent, "from", form), _day(sent, "to", form)
    name = sent.get("range", "") if first is None and last is None else ""
    if name in RANGES:
        days = RANGES[name][0]
        first = today - timedelta(days=days - 1) if days else None
    elif name:
        form.fail("from", _("Choose one of the ranges."))
    if first and last and first > last:
        form.fail("to", _("The last day lies before the first day."))
    return Filter(chosen, source, first, last, name if days_of(name) else ""), form


def days_of(name: str) -> int:
    """Return how many days a quick range reaches back; 0 for all and for unknown."""
    return RANGES[name][0] if name in RANGES else 0


def _categories(sent: list[str], form: Form) -> tuple[str, ...]:
    wanted = [each for each in dict.fromkeys(sent[: _MOST_VALUES + 1]) if each]
    found = [category.id for each in wanted for category in categories.match(each)]
    if len(sent) > _MOST_VALUES or not all(map(categories.match, wanted)):
        form.fail("category", _("Choose categories from the list."))
    # The form shows ticks, so it is told the exact categories of a prefix.
    form.values["category"] = " ".join(found)
    return tuple(dict.fromkeys(found))


def _source(sent: str, sources: Collection[UUID], form: Form) -> UUID | None:
    form.values["source"] = sent if len(sent) <= 36 else ""  # noqa: PLR2004 - a UUID
    if not sent:
        return None
    found = next((each for each in sources if str(each) == sent), None)
    if found is None:
        form.fail("source", _("None of your records came from there."))
    return found


def _day(sent: MultiDict[str, str], name: str, form: Form) -> date | None:
    text = sent.get(name, "").strip()
    form.values[name] = text[:10]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.fail(name, _("Enter a day as year, month and day, such as 2026-04-01."))
        return None
