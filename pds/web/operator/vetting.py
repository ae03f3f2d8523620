"""Holding the criteria against a recipient: checks, papers, mode (R-04, R-10)."""

from datetime import date, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import recipients
from consent.criteria import recipient_criteria
from consent.modes import RecipientMode
from consent.vetting import checks, papers
from consent.vetting.checks import Check, CheckResult
from pds.core.clock import TOKYO, end_of
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import RecipientId
from pds.web import recipient_words
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.operator import blueprint
from pds.web.papers import read_paper, sent_paper
from pds.web.reasons import public_words
from pds.web.sessions import actor


@blueprint.get("/recipients/<recipient_id>/criteria")
def criteria(recipient_id: str) -> ResponseReturnValue:
    """Show each criterion with what was found, by whom, and until when it counts."""
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
        kept = papers.of_recipient(snap, found.recipient_id)
        return render_template(
            "operator/criteria.html",
            found=found,
            criteria=recipient_criteria.CURRENT,
            checks=checks.latest(snap, found.recipient_id),
            history=checks.history(snap, found.recipient_id),
            papers=kept,
            at=snap.now,
        )


@blueprint.get("/recipients/<recipient_id>/criteria/<criterion>")
@fresh
def ask_check(recipient_id: str, criterion: str) -> ResponseReturnValue:
    """Show the form of one criterion."""
    return _check_page(recipient_id, criterion, Form())


@blueprint.post("/recipients/<recipient_id>/criteria/<criterion>")
@fresh
def record_check(recipient_id: str, criterion: str) -> ResponseReturnValue:
    """Record what was found about one criterion, with the paper that shows it."""
    _known(criterion)
    form, who, here = Form(), actor(), RecipientId(recipient_id)
    result = form.choice(
        "result", list(CheckResult), needed=_("Choose what was found.")
    )
    reason = form.text("reason", longest=checks.LONGEST)
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    paper = read_paper(form, "paper", papers.read, largest=papers.LARGEST)

    def act(work: Work) -> None:
        paper_id = None if paper is None else papers.keep(work, here, paper)
        made = Check(
            criterion=criterion,
            result=CheckResult(result),
            valid_until=end_of(last or date.min),
            reason=reason,
            paper_id=paper_id,
        )
        checks.record(work, here, [made], actor=who)

    if form.is_good:
        try:
            bank().unit_of_work(act)
        except Invalid as error:
            form.fail(_field(error), public_words(error))
        else:
            flash(_("The check is recorded."), "good")
            address = url_for("operator.criteria", recipient_id=recipient_id)
            return redirect(address, 303)
    return _check_page(recipient_id, criterion, form), 422


@blueprint.post("/recipients/<recipient_id>/papers/<uuid:paper_id>")
@fresh_from("operator.browse")
def paper(recipient_id: str, paper_id: UUID) -> ResponseReturnValue:
    """Hand out a paper; the look is in the log."""
    who = actor()
    found = bank().unit_of_work(
        lambda work: papers.look(work, RecipientId(recipient_id), paper_id, actor=who)
    )
    return sent_paper(found, paper_id)


@blueprint.get("/recipients/<recipient_id>/mode")
@fresh
def ask_mode(recipient_id: str) -> ResponseReturnValue:
    """Show the form that says how far a recipient may handle data itself."""
    return _mode_page(recipient_id, Form())


@blueprint.post("/recipients/<recipient_id>/mode")
@fresh
def set_mode(recipient_id: str) -> ResponseReturnValue:
    """Say how far a recipient may handle data itself; it bites on the next request."""
    form, who = Form(), actor()
    mode = form.choice("mode", list(RecipientMode), needed=_("Choose from the list."))
    reason = form.text("mode_reason", needed=_("Enter one line of text."))
    if form.is_good:
        try:
            bank().unit_of_work(
                lambda work: recipients.set_mode(
                    work,
                    RecipientId(recipient_id),
                    RecipientMode(mode),
                    reason,
                    actor=who,
                )
            )
        except (Invalid, Conflict) as error:
            is_reason = error.code == "recipient.mode_reason"
            form.fail("mode_reason" if is_reason else "mode", public_words(error))
        else:
            flash(_("The mode of the recipient is changed."), "good")
            address = url_for("operator.show", recipient_id=recipient_id)
            return redirect(address, 303)
    return _mode_page(recipient_id, form), 422


def _known(criterion: str) -> None:
    if criterion not in recipient_criteria.CURRENT.all:
        raise NotFound("criterion.unknown", "There is no such criterion.")


def _field(error: Invalid) -> str:
    area, _dot, field = error.code.partition(".")
    return "reason" if area == "papers" else field


def _check_page(recipient_id: str, criterion: str, form: Form) -> str:
    _known(criterion)
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
        at = snap.now
    chosen = recipient_criteria.get(criterion)
    if not form.values:
        last = (at + chosen.valid).astimezone(TOKYO).date() - timedelta(days=1)
        form = Form({"valid_until": last.isoformat()})
    results = [
        (each.value, recipient_words.CHECK_RESULTS[each.value])
        for each in CheckResult
        if chosen.may_not_apply or each is not CheckResult.NOT_APPLICABLE
    ]
    return render_template(
        "operator/criterion.html",
        found=found,
        criterion=chosen,
        results=results,
        form=form,
    )


def _mode_page(recipient_id: str, form: Form) -> str:
    with bank().read() as snap:
        found = recipients.get(snap, RecipientId(recipient_id))
    if not form.values:
        form = Form({"mode": found.mode.value, "mode_reason": found.mode_reason})
    return render_template(
        "operator/mode.html",
        found=found,
        form=form,
        modes=list(recipient_words.MODES.items()),
    )
