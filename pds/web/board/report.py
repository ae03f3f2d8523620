"""The board's report: what lacks a decision, figures, questions to the bank."""

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import board_requests
from pds.core.clock import TOKYO, end_of, start_of
from pds.oversight import board_report
from pds.oversight.bundle.period import Period
from pds.rights.desk import counting
from pds.web.board import blueprint
from pds.web.board.form import LONGEST
from pds.web.board.office import account_id, office
from pds.web.context import bank, now
from pds.web.forms import Form
from pds.web.guards import fresh

_DAYS = 90


@blueprint.get("/report")
@fresh
def report() -> ResponseReturnValue:
    """Show the report of a period, the last 90 days unless others are asked for."""
    return _page(Form())


@blueprint.post("/report")
@fresh
def ask_bank() -> ResponseReturnValue:
    """Ask the bank to look into something."""
    form, who = Form(), account_id()
    words = form.text("words", needed=_("Write your question."), longest=LONGEST)
    if not form.is_good:
        return _page(form), 422
    bank().unit_of_work(lambda work: board_requests.ask(work, words, account_id=who))
    flash(_("The bank has 30 days to answer."), "good")
    return redirect(url_for("board.report"), 303)


def _page(form: Form) -> str:
    today = now().astimezone(TOKYO).date()
    first = _day("first", today - timedelta(days=_DAYS))
    last = _day("last", today)
    since = start_of(first)
    with bank().read() as snap:
        found = board_report.of_period(snap, Period(since=since, until=end_of(last)))
        wishes = counting.by_kind(snap, since, end_of(last))
        lacking = board_report.undecided(snap)
        counted = board_report.countdown(snap)
        rejected = board_report.rejected(snap)
        requests = board_requests.every(snap)
        me = office(snap)
    return render_template(
        "board/report.html",
        found=found,
        wishes=wishes,
        lacking=[x for x in lacking if not (counted and counted.covers(x))],
        bridged=[x for x in lacking if counted and counted.covers(x)],
        counted=counted,
        rejected=rejected,
        requests=requests,
        me=me,
        form=form,
        days=Form({"first": first.isoformat(), "last": last.isoformat()}),
    )


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise
