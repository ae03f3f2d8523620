"""What the recipient owes: duties to answer for, benefits to deliver (R-09, N-08)."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from audit.work import Work
from consent import benefit_record, benefits, duties, duty_answers, duty_record
from consent.duty_answers import Answer
from consent.duty_record import DutyKind
from pds.core.errors import Invalid
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.reasons import public_words
from pds.web.recipient import blueprint, here, mine
from pds.web.sessions import actor

_MOST = 200


@blueprint.get("/duties")
def browse_duties() -> ResponseReturnValue:
    """List the duties, newest first."""
    keys = bank().keys
    with bank().read() as snap:
        rows = [
            (each, duty_record.opened(snap, keys, each)["sub"])
            for each in duties.of_recipient(snap, here(snap), limit=_MOST)
        ]
    return render_template("recipient/duties.html", rows=rows)


@blueprint.get("/duties/<uuid:duty_id>")
@fresh
def ask_duty(duty_id: UUID) -> ResponseReturnValue:
    """Show a duty, and the form that answers for it."""
    return _page(duty_id, Form())


@blueprint.post("/duties/<uuid:duty_id>")
@fresh
def answer_duty(duty_id: UUID) -> ResponseReturnValue:
    """Take the answer of a person of the recipient."""
    form, who, recipient_id = Form(), actor(), mine()
    text = form.text("uses", longest=3000)
    uses = tuple(each.strip() for each in text.splitlines() if each.strip())
    if request.form.get("is_true") != "yes":
        form.fail("is_true", _("Confirm that this is so."))

    def act(work: Work) -> None:
        found = duties.get(work, duty_id, recipient_id)
        said = uses if found.kind is DutyKind.REPORT else ()
        made = Answer(at=work.now, form="console", signer=who, uses=said)
        duty_answers.answer(work, found, made, actor=who)

    if form.is_good:
        try:
            bank().unit_of_work(act)
        except Invalid as error:
            form.fail("uses", public_words(error))
        else:
            flash(_("Your answer is recorded."), "good")
            return redirect(url_for("recipient.browse_duties"), 303)
    return _page(duty_id, form), 422


@blueprint.get("/benefits")
def browse_benefits() -> ResponseReturnValue:
    """List the benefits that are owed or were delivered, newest first."""
    keys = bank().keys
    with bank().read() as snap:
        rows = [
            (each, benefit_record.opened(snap, keys, each))
            for each in benefits.of_recipient(snap, here(snap), limit=_MOST)
        ]
    return render_template("recipient/benefits.html", rows=rows)


@blueprint.post("/benefits/<uuid:benefit_id>")
@fresh_from("recipient.browse_benefits")
def deliver(benefit_id: UUID) -> ResponseReturnValue:
    """Note that a benefit was delivered."""
    who, recipient_id = actor(), mine()
    bank().unit_of_work(
        lambda work: benefits.deliver(
            work,
            benefits.get(work, benefit_id, recipient_id),
            actor=who,
            form="console",
        )
    )
    flash(_("The delivery is recorded, and the person is told."), "good")
    return redirect(url_for("recipient.browse_benefits"), 303)


def _page(duty_id: UUID, form: Form) -> str:
    with bank().read() as snap:
        found = duties.get(snap, duty_id, here(snap))
        said = duty_record.opened(snap, bank().keys, found)
        payload = duty_answers.payload(found, snap.now, ("…",))
    return render_template(
        "recipient/duty.html",
        found=found,
        sub=said["sub"],
        answer=said.get("answer"),
        form=form,
        payload=payload.decode(),
        typ=duty_answers.TYPES[found.kind],
    )
