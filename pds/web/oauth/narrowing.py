"""What the person may change before giving: everything, and only towards less.

Each category has a box of its own and none is ticked beforehand; the level of detail,
the first day of the data and the last day of access may be narrowed as well. The form
cannot widen anything, since the terms themselves refuse it (D-03).
"""

from dataclasses import replace
from datetime import UTC, date, timedelta

from flask import request
from flask_babel import gettext as _

from consent.terms import DataProvision
from pds.core.clock import TOKYO, end_of
from pds.core.errors import Invalid
from pds.core.vocabulary import DetailLevel, categories
from pds.core.vocabulary.categories import Category
from pds.web.forms import Form
from pds.web.languages import explained, named


def asked_categories(asked: DataProvision) -> tuple[Category, ...]:
    """Return the single categories that the request names, in vocabulary order."""
    return categories.expand(asked.categories)


def boxes(asked: DataProvision) -> list[tuple[str, str]]:
    """Return one box per category: its id and its words."""
    return [
        (each.id, f"{named(each.words)} – {explained(each.words)}")
        for each in asked_categories(asked)
    ]


def levels(asked: DataProvision) -> list[DetailLevel]:
    """Return the levels of detail that the person may choose from, as asked first."""
    if asked.detail is DetailLevel.ANSWER:
        return [asked.detail]
    return [
        level
        for level in DetailLevel
        if level is not DetailLevel.ANSWER
        and level.is_within(asked.detail)
        and all(level in each.detail_levels for each in asked_categories(asked))
    ] or [asked.detail]


def first_form(asked: DataProvision) -> Form:
    """Return the form as it is first shown: as asked, with no box ticked."""
    return Form(
        {
            "detail": asked.detail.value,
            "first_day": asked.window.first.isoformat(),
            "last_day": _last_access(asked).isoformat(),
        }
    )


def read(form: Form, asked: DataProvision) -> DataProvision | None:
    """Read the person's choice; complaints go into the form.

    Returns None if something is wrong with it. What the form leaves out stays as it
    was asked for, but at least one category must be ticked.
    """
    ids = [each.id for each in asked_categories(asked)]
    chosen = form.choices("category", ids, needed=_("Tick at least one kind of data."))
    return _read(form, asked, tuple(sorted(chosen)))


def look(form: Form, asked: DataProvision) -> DataProvision | None:
    """Read what the person wants to look at: every category, in the detail chosen."""
    form.values["look"] = "yes"
    form.choices("category", [each.id for each in asked_categories(asked)])
    return _read(form, asked, asked.categories)


def _read(
    form: Form, asked: DataProvision, chosen: tuple[str, ...]
) -> DataProvision | None:
    detail = _detail(form, asked)
    first = _day(form, "first_day", asked.window.first)
    last = _day(form, "last_day", _last_access(asked))
    if not form.is_good:
        return None
    until = (
        asked.access.until
        if last == _last_access(asked)
        else end_of(last).astimezone(UTC)
    )
    try:
        return asked.narrow(
            replace(
                asked,
                categories=chosen,
                detail=DetailLevel(detail),
                window=replace(asked.window, first=first),
                access=replace(asked.access, until=until),
            )
        )
    except Invalid:
        form.fail("first_day", _("You can only give less than was asked for."))
        return None


def _detail(form: Form, asked: DataProvision) -> str:
    if "detail" not in request.form:
        return asked.detail.value
    options = [level.value for level in levels(asked)]
    return form.choice("detail", options, needed=_("Choose from the list."))


def _day(form: Form, field: str, otherwise: date) -> date:
    text = form.text(field)
    if not text:
        form.values[field] = otherwise.isoformat()
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.fail(field, _("Enter a day as year-month-day."))
        return otherwise


def _last_access(asked: DataProvision) -> date:
    """Return the last day in Tokyo on which there is access."""
    return (asked.access.until - timedelta(seconds=1)).astimezone(TOKYO).date()
