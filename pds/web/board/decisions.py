"""Decisions of the ethics board: what waits, the form, what is in force."""

from datetime import datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import board, wording
from consent.board import Decision
from consent.facts import BoardResult, BoardSubjectKind
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.oversight import decisions
from pds.oversight.decisions import Item
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.languages import language
from pds.web.reasons import public_words
from pds.web.sessions import actor
from pds.web.words import BOARD_RESULTS

blueprint = Blueprint("board", __name__, url_prefix="/board")

_RESULTS = (
    BoardResult.APPROVED,
    BoardResult.APPROVED_WITH_CONDITIONS,
    BoardResult.REJECTED,
)
_LONGEST = 4_000


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List what waits for a decision."""
    with bank().read() as snap:
        waiting = [each for each in decisions.items(snap) if not each.is_in_force]
    return render_template("board/browse.html", items=waiting)


@blueprint.get("/decisions")
def in_force() -> ResponseReturnValue:
    """List what the board has approved and what lives because of it."""
    with bank().read() as snap:
        approved = [each for each in decisions.items(snap) if each.is_in_force]
    return render_template("board/in_force.html", items=approved)


@blueprint.get("/<kind>/<subject_id>")
@fresh
def show(kind: str, subject_id: str) -> ResponseReturnValue:
    """Show one thing, its history, and the form with the mandatory questions."""
    return _page(kind, subject_id, Form())


@blueprint.post("/<kind>/<subject_id>")
@fresh
def decide(kind: str, subject_id: str) -> ResponseReturnValue:
    """Record a decision, which counts from now on."""
    form = Form()
    result = form.choice(
        "result", [each.value for each in _RESULTS], needed=_("Choose the result.")
    )
    answers = {
        name: form.text(name, needed=_("Answer this question."), longest=_LONGEST)
        for name in board.QUESTIONS
    }
    conditions = form.text("conditions", longest=_LONGEST)
    if result == BoardResult.APPROVED_WITH_CONDITIONS and not conditions:
        form.fail("conditions", _("Write down the conditions."))
    dissent = form.text("dissent", longest=_LONGEST)
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    if form.is_good and last:
        with bank().read() as snap:
            found = _find(snap, kind, subject_id)
        decision = Decision(
            kind=found.kind,
            subject_id=subject_id,
            subject_version=found.version,
            result=BoardResult(result),
            answers=answers,
            valid_until=datetime.combine(last, time(), TOKYO) + timedelta(days=1),
            conditions=conditions,
            dissent=dissent,
        )
        who = actor()
        try:
            bank().unit_of_work(lambda work: board.decide(work, decision, actor=who))
        except Invalid as error:
            form.fail(error.code.partition(".")[2], public_words(error))
        else:
            flash(_("The decision is recorded and counts from now on."), "good")
            return redirect(url_for("board.browse"), 303)
    return _page(kind, subject_id, form), 422


@blueprint.post("/<kind>/<subject_id>/stop")
@fresh
def stop(kind: str, subject_id: str) -> ResponseReturnValue:
    """Stop a thing at once; only a new decision lets it live again (G-03)."""
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
    who = actor()
    bank().unit_of_work(
        lambda work: board.stop(work, found.kind, subject_id, actor=who)
    )
    flash(_("It is stopped. Nothing flows because of it any more."), "good")
    return redirect(url_for("board.browse"), 303)


@blueprint.get("/<kind>/<subject_id>/stop")
@fresh
def ask_stop(kind: str, subject_id: str) -> ResponseReturnValue:
    """Ask before a thing is stopped."""
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
    return render_template("board/stop.html", item=found)


def _find(snap: Snapshot, kind: str, subject_id: str) -> Item:
    if kind not in set(BoardSubjectKind):
        raise NotFound("board.nothing-to-decide")
    return decisions.item(snap, BoardSubjectKind(kind), subject_id)


def _page(kind: str, subject_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = _find(snap, kind, subject_id)
        history = decisions.history(snap, found)
        terms = found.offer.instance(snap.now) if found.offer else None
    return render_template(
        "board/show.html",
        item=found,
        history=history,
        sentences=wording.sentences(terms, language()) if terms else (),
        form=form,
        questions=board.QUESTIONS,
        results=[(each.value, BOARD_RESULTS[each.value]) for each in _RESULTS],
    )
