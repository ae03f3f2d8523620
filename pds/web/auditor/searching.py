"""What an auditor may narrow the log by; read from the address of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from audit.leaf import EventType
from consent import recipients
from pds.core.clock import end_of, start_of
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.vocabulary import categories, purposes
from pds.oversight.log_search import Wanted
from pds.web.forms import Form
from pds.web.languages import language
from pds.web.words import EVENTS

_YEARS: Final = range(1970, 9000)
_MOST_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: value and words of each option."""

    recipients: list[tuple[str, str]]
    purposes: list[str]
    categories: list[str]
    types: list[tuple[str, Any]]


def read(sent: MultiDict[str, str]) -> tuple[Wanted, Form]:
    """Return what is looked for, and the form with what is wrong with it."""
    form = Form()
    kind = _one(sent, "type", EVENTS, form)
    since, until = read_period(sent, form)
    return Wanted(
        recipient=_short(sent, "recipient", form),
        purpose=_one(sent, "purpose", purposes.ALL, form),
        category=_category(sent, form),
        type=EventType(kind) if kind else None,
        since=since,
        until=until,
    ), form


def read_period(
    sent: Mapping[str, str], form: Form
) -> tuple[datetime | None, datetime | None]:
    """Read first and last day, Japan time: first moment and first one too late."""
    first, last = _day(sent, "from", form), _day(sent, "to", form)
    if first and last and first > last:
        form.fail("to", _("The last day lies before the first day."))
    since = start_of(first) if first else None
    until = end_of(last) if last else None
    return since, until


def is_number(text: str) -> bool:
    """Say whether a text is a number that a log may have entries for."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def place(sent: Mapping[str, str]) -> int | None:
    """Return where a list goes on (`before`), None at its beginning.

    Raises:
        Invalid: `web.position`; it is no number.
    """
    text = sent.get("before")
    if text is None:
        return None
    if not is_number(text):
        raise Invalid("web.position", "A place in a list is a number.")
    return int(text)


def choices(snap: Snapshot) -> Choices:
    """Return what may be chosen now."""
    is_ja = language() == "ja"
    return Choices(
        recipients=[
            (each.recipient_id, each.profile.name_ja if is_ja else each.profile.name_en)
            for each in recipients.every(snap)
        ],
        purposes=list(purposes.ALL),
        categories=sorted([*categories.GROUPS, *categories.ALL]),
        types=list(EVENTS.items()),
    )


def _one(
    sent: Mapping[str, str], name: str, options: Mapping[str, Any], form: Form
) -> str:
    value = _short(sent, name, form)
    if value and value not in options:
        form.fail(name, _("Choose one of the list."))
        return ""
    return value


def _category(sent: Mapping[str, str], form: Form) -> str:
    value = _short(sent, "category", form)
    if value and not categories.match(value):
        form.fail("category", _("Choose one of the list."))
    return value


def _short(sent: Mapping[str, str], name: str, form: Form) -> str:
    value = sent.get(name, "").strip()
    form.values[name] = value[:128]
    return value


def _day(sent: Mapping[str, str], name: str, form: Form) -> date | None:
    text = sent.get(name, "").strip()
    form.values[name] = text[:10]
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    # The last day that a calendar knows has no day after it.
    if found is None or found.year not in _YEARS:
        form.fail(name, _("Enter a day as year, month and day, such as 2026-04-01."))
        return None
    return found
