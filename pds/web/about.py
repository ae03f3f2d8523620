"""The public entry: who runs the bank, and its reports (A-24, G-13)."""

from datetime import date
from typing import Final

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from consent import processors
from pds.bank.transparency import making, register
from pds.oversight import operator_facts
from pds.oversight.operator_facts import Fact
from pds.web import fact_words
from pds.web.context import bank

blueprint = Blueprint("about", __name__, url_prefix="/about")

_MONTH: Final = "/reports/<int:year>-<int:month>"


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {"fact_words": fact_words}


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the operator's facts and the way to everything that is public."""
    with bank().read() as snap:
        versions = operator_facts.every(snap)
        missing = operator_facts.missing(snap)
    return render_template(
        "about/show.html", facts=list(Fact), versions=versions, missing=missing
    )


@blueprint.get("/handling")
def handling() -> ResponseReturnValue:
    """Say who of the operator can see what, where keys lie, and who helps."""
    with bank().read() as snap:
        said = operator_facts.current(snap)
        helping = [
            each
            for each in processors.every(snap)
            if each.ended_at is None and each.recipient_id is None
        ]
    return render_template(
        "about/handling.html",
        facts=said.facts if said else {},
        processors=helping,
        years=bank().settings.audit_retention_years,
    )


@blueprint.get("/reports")
def reports() -> ResponseReturnValue:
    """List the months that have a report."""
    with bank().read() as snap:
        months = register.months(snap)
    return render_template("about/reports.html", months=months)


@blueprint.get(_MONTH)
def report(year: int, month: int) -> ResponseReturnValue:
    """Show the report of a month; read from the signed text itself."""
    statement = _statement(year, month)
    body = register.read(statement, making.signing_key(bank()).public)
    return render_template("about/report.html", body=body, year=year, month=month)


@blueprint.get(f"{_MONTH}.jwt")
def statement(year: int, month: int) -> ResponseReturnValue:
    """Hand out the signed report of a month."""
    name = f'attachment; filename="{year}-{month:02}.report.jwt"'
    return Response(
        _statement(year, month),
        content_type=f"application/{register.TYP}",
        headers={"Content-Disposition": name},
    )


def _statement(year: int, month: int) -> str:
    try:
        first = date(year, month, 1)
    except ValueError:
        abort(404)
    with bank().read() as snap:
        return register.find(snap, first)
