"""What the person got back, and what recipients still have to do (N-08, R-09)."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consent import benefit_record, benefits, duties, duty_record
from consent.benefit_record import BenefitAnswer
from consent.duty_record import DutyState
from pds.core.errors import Invalid
from pds.web import sessions
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("benefits", __name__, url_prefix="/benefits")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List benefits and duties, newest first."""
    owner, keys = sessions.owner(), bank().keys
    with bank().read() as snap:
        promised = [
            (each, benefit_record.opened(snap, keys, each))
            for each in benefits.of_owner(snap, owner)
        ]
        owed = [
            (each, duty_record.opened(snap, keys, each).get("answer"))
            for each in duties.of_owner(snap, owner)
        ]
        names = recipient_names(snap, [e.recipient_id for e, _said in promised + owed])
    return render_template(
        "portal/benefits.html",
        promised=promised,
        owed=owed,
        names=names,
        is_late=any(each.state is DutyState.OVERDUE for each, _said in owed),
    )


@blueprint.post("/<uuid:benefit_id>")
def answer(benefit_id: UUID) -> ResponseReturnValue:
    """Confirm a delivery, or say that nothing came.

    Raises:
        Invalid: `benefit.answer`; the form says neither.
    """
    said, owner = request.form.get("said", ""), sessions.owner()
    if said not in (BenefitAnswer.CONFIRMED, BenefitAnswer.DISPUTED):
        raise Invalid("benefit.answer", "There is no such answer.")
    bank().unit_of_work(
        lambda work: benefits.answer(
            work, benefits.get_mine(work, owner, benefit_id), BenefitAnswer(said)
        )
    )
    flash(_("Thank you. Your answer is recorded."), "good")
    return redirect(url_for("benefits.browse"), 303)
