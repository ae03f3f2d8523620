"""Charts of a person's own data: a table for each, and a picture drawn from it."""

from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.core.clock import TOKYO
from pds.core.vocabulary import categories
from pds.vault.records import Cursor, OpenRecord
from pds.web import sessions
from pds.web.context import bank, now
from pds.web.portal import figures, series
from pds.web.portal.figures import Figure
from pds.web.portal.kinds import KINDS, PERIODS, STEPS, ChartKind, is_drawn
from pds.web.portal.outlays import outlays
from pds.web.portal.series import Reading, Series, Step, days_back
from pds.web.portal.summaries import Summary, summarise
from providers import payload
from providers.formats.measurements import CONCEPTS, measure
from providers.numbers import number

blueprint = Blueprint("charts", __name__, url_prefix="/data/charts")

_AT_ONCE: Final = 1000
_MOST_OPENED: Final = 20_000
"""Records that one chart opens; beyond, it shows the newest and says so."""

_MOST_ROWS: Final = 400
"""Rows by series that one page has together, or they are put into steps."""

_LEAST_ROWS: Final = 24
_MOST_FIGURES: Final = 20
_SPENDING: Final = ("purchase.receipt", "purchase.sensitive")


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """List the charts that there is data for, each with its newest record."""
    owner, vault = sessions.owner(), bank().vault
    newest: dict[str, Summary] = {}
    with bank().read() as snap:
        counts = vault.count(snap, owner, categories=tuple(categories.ALL))
        wanted = {id_: kind.categories for id_, kind in KINDS.items()}
        for id_, names in {**wanted, "spending": _SPENDING}.items():
            # The check-up lends its values to charts that have a category of their own.
            stored = [each for each in names if each in counts]
            if stored:
                page = vault.page(snap, owner, categories=stored[:1], limit=1)
                newest[id_] = summarise(page.records[0])
    return render_template(
        "portal/charts.html", newest=newest, counts=counts, names=_names()
    )


@blueprint.get("/spending")
def spending() -> ResponseReturnValue:
    """Show what was spent, by month and by kind of goods."""
    period, message = _period()
    records, is_cut = _open(_SPENDING, period)
    made, unread = outlays(records)
    return _page("spending", made, period, unread=unread, is_cut=is_cut, note=message)


@blueprint.get("/<kind_id>")
def show(kind_id: str) -> ResponseReturnValue:
    """Show the tables and pictures of one kind."""
    kind = KINDS.get(kind_id)
    if kind is None:
        abort(404)
    period, message = _period()
    records, is_cut = _open(kind.categories, period)
    readings, unread = _readings(kind, records)
    joined = _together(kind, series.gather(readings))
    asked = request.args.get("item", "")
    keyed = {_key(each): each for each in joined}
    chosen = [keyed[asked]] if asked in keyed else joined[:_MOST_FIGURES]
    step = _step(kind, chosen)
    made = [_figure(kind, each, step) for each in chosen]
    items = {_key(each): figures.name_of(each[0]) for each in joined}
    return _page(
        kind_id,
        made,
        period,
        unread=unread,
        is_cut=is_cut,
        note=message,
        items=items if len(items) > 1 and not kind.is_joint else {},
        item=asked if asked in keyed else "",
        steps=_steps(kind),
        by=request.args.get("by", ""),
    )


def _page(kind_id: str, made: list[Figure], period: str, **more: Any) -> str:
    def address(**changed: str) -> str:
        kept = {"period": period, "by": more.get("by"), "item": more.get("item")}
        wanted: dict[str, Any] = {k: v for k, v in {**kept, **changed}.items() if v}
        if kind_id == "spending":
            return url_for("charts.spending", **wanted)
        return url_for("charts.show", kind_id=kind_id, **wanted)

    return render_template(
        "portal/chart.html",
        name=_names()[kind_id],
        figures=made,
        period=period,
        periods=PERIODS,
        address=address,
        most=_MOST_OPENED,
        **more,
    )


def _names() -> dict[str, Any]:
    return {**{id_: k.words for id_, k in KINDS.items()}, "spending": _("Spending")}


def _period() -> tuple[str, str]:
    asked = request.args.get("period", "1y")
    if asked in PERIODS:
        return asked, ""
    return "1y", _("There is no such period. The last year is shown.")


def _open(names: tuple[str, ...], period: str) -> tuple[list[OpenRecord], bool]:
    """Open the newest records of a period; say whether there would be more."""
    owner = sessions.owner()
    first = days_back(now().astimezone(TOKYO).date(), PERIODS[period][0])
    found: list[OpenRecord] = []
    after: Cursor | None = None
    with bank().read() as snap:
        while not found or (after and len(found) < _MOST_OPENED):
            page = bank().vault.page(
                snap,
                owner,
                categories=names,
                first_day=first,
                after=after,
                limit=_AT_ONCE,
            )
            found += page.records
            after = page.next
            if not page.records:
                break
    return found, after is not None


def _readings(kind: ChartKind, records: list[OpenRecord]) -> tuple[list[Reading], int]:
    """Return the numbers that a kind draws, and how many records have none at all."""
    drawn: list[Reading] = []
    unread = 0
    for record in records:
        header = record.header_map()
        limits = _limits(header, record.payload)
        found = series.of_header(header, record.last_day, record.record_id, limits)
        unread += not found
        drawn += (each for each in found if is_drawn(kind, each.measure))
    return drawn, unread


Limit = tuple[Decimal | None, Decimal | None]


def _limits(header: dict[str, Any], text: bytes) -> dict[str, Limit]:
    """Return the reference range of a record in the unit of its header."""
    if b'"referenceRange"' not in text:
        return {}
    concept = CONCEPTS.get(header.get("concept", ""))
    for given in payload.parse(text.decode()).get("referenceRange") or ():
        ends: list[Decimal | None] = []
        for end in ("low", "high"):
            measured, _issues = measure(given.get(end) or {}, concept, end)
            is_same = measured is not None and measured.unit == header.get("unit")
            ends.append(number(measured.value) if measured and is_same else None)
        if ends != [None, None]:
            own = series.of_header({**header, "components": []}, 0, b"")
            return {each.measure: (ends[0], ends[1]) for each in own}
    return {}


def _together(kind: ChartKind, found: list[Series]) -> list[list[Series]]:
    """Group series that share a picture: the joint ones by unit, else each alone."""
    order = {measure_id: at for at, measure_id in enumerate(kind.measures)}
    found = sorted(found, key=lambda s: (order.get(s.measure, 0), s.measure, s.unit))
    if not kind.is_joint:
        return [[each] for each in found]
    units: dict[str, list[Series]] = {}
    for each in found:
        units.setdefault(each.unit, []).append(each)
    return list(units.values())


def _key(joint: list[Series]) -> str:
    return "|".join((*(each.measure for each in joint), joint[0].unit))


def _step(kind: ChartKind, chosen: list[list[Series]]) -> Step:
    every = [each for joint in chosen for each in joint]
    most = max(_MOST_ROWS // max(len(every), 1), _LEAST_ROWS)
    needed = series.step_for(every, most, kind.finest)
    asked = request.args.get("by", "")
    allowed = [*_steps(kind)]
    wanted = Step(asked) if asked in allowed else kind.finest
    steps = list(Step)
    return max(wanted, needed, key=steps.index)


def _steps(kind: ChartKind) -> dict[str, Any]:
    steps = list(STEPS)
    return {step.value: STEPS[step] for step in steps[steps.index(kind.finest) :]}


def _figure(kind: ChartKind, joint: list[Series], step: Step) -> Figure:
    caption = str(kind.words) if kind.is_joint else figures.name_of(joint[0])
    return figures.figure(kind, joint, step, caption)
