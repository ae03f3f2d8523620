"""Announcements for persons who cannot be reached otherwise, for everybody (A-18)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from pds.oversight.incidents import register
from pds.oversight.incidents.steps import IncidentStep
from pds.web.context import bank

blueprint = Blueprint("announcements", __name__)


@blueprint.get("/announcements")
def browse() -> ResponseReturnValue:
    """Show what was published of incidents, newest first."""
    with bank().read() as snap:
        found = [
            register.get(snap, bank().keys, each.incident_id)
            for each in register.every(snap)
            if not each.is_exercise
        ]
    said = [each.last(IncidentStep.PUBLISHED) for each in found]
    return render_template(
        "incidents/announcements.html", said=[each for each in said if each]
    )
