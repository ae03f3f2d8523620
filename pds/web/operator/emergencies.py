"""Uses of emergency cards, reviewed by staff or board; persons stay hidden."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from pds.disclosure.break_glass import reviews
from pds.disclosure.break_glass.reviews import EmergencyAccessState
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh_from
from pds.web.portal.names import recipient_names
from pds.web.sessions import visitor

blueprint = Blueprint("emergencies", __name__, url_prefix="/operator/emergencies")

_MOST = 100
_FINDINGS = (EmergencyAccessState.JUSTIFIED, EmergencyAccessState.UNJUSTIFIED)


@blueprint.get("")
def browse() -> str:
    """List uses, those that wait for review first."""
    return _page(Form())


@blueprint.post("/<uuid:access_id>")
@fresh_from("emergencies.browse")
def review(access_id: UUID) -> ResponseReturnValue:
    """Write down a finding; what was unjustified suspends the recipient."""
    form, by = Form(), visitor().account_id
    found = form.choice("finding", _FINDINGS, needed=_("Choose from the list."))
    note = form.text("note", needed=_("Say why."), longest=reviews.LONGEST_NOTE)
    if not form.is_good:
        return _page(form), 422
    state = EmergencyAccessState(found)
    bank().unit_of_work(
        lambda work: reviews.review(work, access_id, state, note, by=by)
    )
    flash(_("The finding is kept, and the person is told."), "good")
    return redirect(url_for("emergencies.browse"), 303)


def _page(form: Form) -> str:
    with bank().read() as snap:
        found = reviews.newest(snap, bank().keys, limit=_MOST)
        names = recipient_names(snap, [each.recipient_id for each in found])
        at = snap.now
    return render_template(
        "operator/emergencies.html", form=form, found=found, names=names, at=at
    )
