"""What staff do for the ethics board: nominate, make the first one, answer it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import (
    board_conditions,
    board_constitution,
    board_members,
    board_requests,
)
from consent.board_constitution import Constitution
from consent.board_member import Member
from pds.core.database import Snapshot
from pds.oversight import board_report, decisions, staff
from pds.web.board.form import LONGEST
from pds.web.board.members import enter_nomination, nomination_choices
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh
from pds.web.operator import blueprint
from pds.web.sessions import actor, visitor

_TWO: Final = 2
"""How many of the staff make a board."""


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
    """Ask for the first members; possible only while the board cannot decide."""
    by, who = visitor().account_id, actor()
    bank().unit_of_work(lambda work: board_constitution.ask(work, by=by, actor=who))
    flash(_("Another member of staff has to approve it within seven days."), "good")
    return redirect(url_for("operator.board"), 303)


@blueprint.post("/board/constitute/<uuid:constitution_id>")
@fresh
def approve_board(constitution_id: UUID) -> ResponseReturnValue:
    """Seat the members that another of the staff asked for."""
    by, who = visitor().account_id, actor()
    bank().unit_of_work(
        lambda work: board_constitution.approve(work, constitution_id, by=by, actor=who)
    )
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How far the making of a board is.

    Attributes:
        candidates: who would be seated.
        can_decide: whether these, with those who sit, could decide anything.
        waiting: what waits for a second approval.
        is_own: whether this visitor asked for it, and so cannot approve it.
        is_alone: whether nobody else of the staff has an account.
    """

    candidates: list[Member]
    can_decide: bool
    waiting: Constitution | None
    is_own: bool
    is_alone: bool


def _making(snap: Snapshot) -> Making:
    waiting, me = board_constitution.waiting(snap), visitor().account_id
    return Making(
        candidates=board_constitution.candidates(snap),
        can_decide=board_constitution.is_possible(snap),
        waiting=waiting,
        is_own=waiting is not None and waiting.asked_by == me,
        is_alone=staff.count_operators(snap) < _TWO,
    )


def _page(form: Form) -> str:
    with bank().read() as snap:
        items = {(x.kind, x.subject_id): x for x in decisions.items(snap)}
        unmet = [
            (each, items.get((each.kind, each.subject_id)))
            for each in board_conditions.unmet(snap)
        ]
        found = board_members.every(snap)
        asked = board_requests.every(snap)
        making = _making(snap) if board_constitution.is_open(snap) else None
        counted = board_report.countdown(snap)
    return render_template(
        "operator/board.html",
        counted=counted,
        found=found,
        requests=[each for each in asked if each.answered_at is None],
        unmet=unmet,
        making=making,
        form=form,
        **nomination_choices(),
    )
