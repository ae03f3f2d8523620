"""Figures of what was spent: month by month, and kind by kind."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import orjson
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from pds.vault.records import OpenRecord
from pds.web.languages import language
from pds.web.portal import spending
from pds.web.portal.figures import Cell, Figure, Row, shown
from pds.web.portal.series import Step
from pds.web.portal.spending import Month
from pds.web.portal.summaries import unit_words
from providers.formats.spent import APART, OTHER, Spent, divide

_MOST_KINDS: Final = 7
"""Kinds that have a column; the smaller ones share one."""

_REST: Final = "\0rest"


def outlays(records: Iterable[OpenRecord]) -> tuple[list[Figure], int]:
    """Return the figures of some receipts, and how many of them could not be read."""
    spent: list[Spent] = []
    unread = 0
    for record in records:
        is_apart = record.category == "purchase.sensitive"
        receipt = orjson.loads(record.payload)
        found = divide(receipt, record.last_day, is_apart=is_apart)
        if found is not None:
            spent.append(found)
        elif not (is_apart and receipt.get("is_partial")):
            unread += 1
    made = []
    for currency, months in spending.by_month(spent).items():
        made += [_months(currency, months), _kinds(currency, months)]
    return made, unread


def _months(currency: str, months: list[Month]) -> Figure:
    every = list(spending.kinds(months))
    columns = every if len(every) <= _MOST_KINDS else [*every[: _MOST_KINDS - 1], _REST]
    names = tuple(_kind(kind) for kind in columns)
    rows = [
        Row(
            month.first,
            _month(month),
            (
                Cell(shown(month.total)),
                *(_cell(month, kind, columns) for kind in columns),
                Cell(str(month.count)),
            ),
        )
        for month in reversed(months)
    ]
    unit = unit_words(currency)
    return Figure(
        key=f"months|{currency}",
        caption=_("Spending by month (%(unit)s, tax included)", unit=unit),
        sentences=(_in_words(months, unit),),
        shape="stack",
        unit=unit,
        columns=(_("Total"), *names, _("Receipts")),
        drawn=("", *names, ""),
        rows=tuple(rows),
        step=Step.MONTH,
    )


def _cell(month: Month, kind: str, columns: list[str]) -> Cell:
    if kind == _REST:
        named = set(columns)
        left = [amount for k, amount in month.parts.items() if k not in named]
        amount = sum(left, Decimal(0))
    else:
        amount = month.parts.get(kind, Decimal(0))
    return Cell(shown(amount), f"{amount:f}")


def _kinds(currency: str, months: list[Month]) -> Figure:
    sums = spending.kinds(months)
    total = sum((month.total for month in months), Decimal(0))
    unit = unit_words(currency)
    rows = [
        Row(
            months[-1].first,
            _kind(kind),
            (Cell(shown(amount), f"{amount:f}"), Cell(_share(amount, total))),
        )
        for kind, amount in sums.items()
    ]
    return Figure(
        key=f"kinds|{currency}",
        caption=_("Spending by kind of goods (%(unit)s, tax included)", unit=unit),
        sentences=(),
        shape="kinds",
        unit=unit,
        columns=(_("Total"), _("Share")),
        drawn=(_("Total"), ""),
        rows=tuple(rows),
        step=Step.MONTH,
    )


def _share(amount: Decimal, total: Decimal) -> str:
    # A share of refunds would say nothing.
    if total <= 0 or amount < 0:
        return "–"
    return f"{amount * 100 / total:.1f} %"


def _in_words(months: list[Month], unit: str) -> str:
    total = sum((month.total for month in months), Decimal(0))
    most = max(months, key=lambda month: month.total)
    return " ".join(
        (
            ngettext(
                "%(total)s %(unit)s in %(num)s month, refunds taken off.",
                "%(total)s %(unit)s in %(num)s months, refunds taken off.",
                len(months),
                total=shown(total),
                unit=unit,
            ),
            _(
                "Most in %(month)s: %(most)s %(unit)s.",
                month=_month(most),
                most=shown(most.total),
                unit=unit,
            ),
        )
    )


def _month(month: Month) -> str:
    pattern = "yyyy年M月" if language() == "ja" else "MMM yyyy"
    return str(format_date(month.first, pattern))


def _kind(kind: str) -> str:
    names = {
        OTHER: _("Not told apart"),
        APART: _("Sensitive items"),
        _REST: _("Everything else"),
    }
    return str(names.get(kind, kind))
