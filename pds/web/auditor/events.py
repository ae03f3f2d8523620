"""Entries of a period as FHIR audit events: each look is recorded, then handed out."""

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from audit.leaf import EventType
from pds.bank.event_taking import audit_events
from pds.core.errors import Invalid
from pds.oversight.bundle.period import Period
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.guards import fresh, fresh_from
from pds.web.reasons import public_words
from pds.web.sessions import actor

blueprint = Blueprint("events", __name__, url_prefix="/auditor/events")


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Ask for which period."""
    return _page(Form())


@blueprint.post("")
@fresh_from("events.ask")
def take() -> ResponseReturnValue:
    """Write the events, record each look, and only then hand them out."""
    form = Form()
    since, until = searching.read_period(request.form, form)
    if not form.is_good:
        return _page(form), 422
    asked = Period(since=since, until=until)
    kind = EventType.AUDITOR_VIEWED
    try:
        with audit_events(bank(), asked, kind=kind, actor=actor()) as path:
            # The file has no name any more when it is sent, and is gone afterwards.
            content = path.open("rb")
    except Invalid as error:
        form.fail("from", public_words(error))
        return _page(form), 422
    return send_file(
        content,
        mimetype="application/fhir+ndjson",
        as_attachment=True,
        download_name="infobank-events.ndjson",
    )


def _page(form: Form) -> str:
    return render_template("auditor/events.html", form=form)
