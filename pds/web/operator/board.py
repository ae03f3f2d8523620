"""What staff do for the ethics board: nominate, make the first one, answer it."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import (
    board_conditions,
    board_members,
    board_requests,
    board_rule,
    board_rules,
)
from consent.board_member import MemberState
from pds.oversight import decisions
from pds.web.board.form import LONGEST
from pds.web.board.members import enter_nomination, nomination_choices
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.sessions import actor


@blueprint.get("/board")
@fresh
def board() -> ResponseReturnValue:
    """Show who sits and what the board waits for from the bank."""
    return _page(Form())


@blueprint.post("/board")
@fresh
def nominate() -> ResponseReturnValue:
    """Nominate somebody; the board itself decides who sits (G-03)."""
    form = Form()
    if enter_nomination(form):
        flash(_("The nomination waits for the board."), "good")
        return redirect(url_for("operator.board"), 303)
    return _page(form), 422


@blueprint.post("/board/constitute")
@fresh
def constitute_board() -> ResponseReturnValue:
    """Seat the first members; possible only while the board cannot decide."""
    who = actor()
    bank().unit_of_work(lambda work: board_members.constitute(work, actor=who))
    flash(_("The board is constituted. This is public."), "good")
    return redirect(url_for("operator.board"), 303)


@blueprint.post("/board/conditions/<uuid:decision_id>/<int:no>")
@fresh
def answer_condition(decision_id: UUID, no: int) -> ResponseReturnValue:
    """Say what was done about a condition; a member confirms it."""
    form, who = Form(), actor()
    words = form.text("answer", needed=_("Say what was done."), longest=LONGEST)
    if form.is_good:
        bank().unit_of_work(
            lambda work: board_conditions.answer(
                work, decision_id, no, words, actor=who
            )
        )
        flash(_("The answer is with the board."), "good")
        return redirect(url_for("operator.board"), 303)
    return _page(form), 422


@blueprint.post("/board/requests/<uuid:request_id>")
@fresh
def answer_board(request_id: UUID) -> ResponseReturnValue:
    """Answer what the board asked."""
    form, who = Form(), actor()
    words = form.text("answer", needed=_("Say what was done."), longest=LONGEST)
    if form.is_good:
        bank().unit_of_work(
            lambda work: board_requests.answer(work, request_id, words, actor=who)
        )
        flash(_("The answer is with the board."), "good")
        return redirect(url_for("operator.board"), 303)
    return _page(form), 422


def _page(form: Form) -> str:
    with bank().read() as snap:
        items = {(x.kind, x.subject_id): x for x in decisions.items(snap)}
        unmet = [
            (each, items.get((each.kind, each.subject_id)))
            for each in board_conditions.unmet(snap)
        ]
        found = board_members.every(snap)
        asked = board_requests.every(snap)
        sitting = [each.seat for each in board_members.sitting_members(snap)]
        can_decide = board_rule.can_decide(board_rules.in_force(snap), sitting)
    return render_template(
        "operator/board.html",
        found=found,
        requests=[each for each in asked if each.answered_at is None],
        unmet=unmet,
        can_decide=can_decide,
        is_nominated=any(each.state is MemberState.NOMINATED for each in found),
        form=form,
        **nomination_choices(),
    )
