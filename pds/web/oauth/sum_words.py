"""A row of sums in words, from the very bytes that would go."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from pds.web.languages import language
from pds.web.portal.summaries import thousands_apart, unit_words
from providers.formats.measurements import CONCEPTS


def days_of(row: dict[str, Any]) -> str:
    """Return the day or days of a row."""
    first, last = row["first_day"], row["last_day"]
    begin = str(format_date(date.fromisoformat(first), "long"))
    if first == last:
        return begin
    end = str(format_date(date.fromisoformat(last), "long"))
    return str(_("%(first)s to %(last)s", first=begin, last=end))


def count_of(row: dict[str, Any]) -> str:
    """Return how many records a row sums up."""
    count: int = row["payload"]["count"]
    return str(ngettext("%(num)s record summed up", "%(num)s records summed up", count))


def numbers_of(exact: bytes) -> tuple[dict[str, Any], str]:
    """Return a row, read, and its numbers in words; empty if it has a count alone."""
    row: dict[str, Any] = json.loads(exact)
    sums = row["payload"]
    told = [_measure(each) for each in sums.get("measures", ())]
    told += [_spending(each) for each in sums.get("spending", ())]
    return row, str(_("; ")).join(told)


def _measure(measure: dict[str, Any]) -> str:
    name = CONCEPTS[measure["concept"]].words[language()]
    unit = unit_words(measure["unit"])
    if "sum" in measure:
        summed = thousands_apart(measure["sum"])
        return str(_("%(name)s %(sum)s %(unit)s", name=name, sum=summed, unit=unit))
    return str(
        _(
            "%(name)s %(mean)s %(unit)s on average (%(min)s to %(max)s)",
            name=name,
            mean=_short(measure["mean"]),
            unit=unit,
            min=thousands_apart(measure["min"]),
            max=thousands_apart(measure["max"]),
        )
    )


def _spending(spending: dict[str, Any]) -> str:
    total = thousands_apart(spending["total"])
    unit = unit_words(spending["currency"])
    return str(_("%(total)s %(unit)s spent", total=total, unit=unit))


def _short(text: str) -> str:
    """Return a number without the zeros at its end; the exact one stands below."""
    return thousands_apart(f"{Decimal(text).normalize():f}")
