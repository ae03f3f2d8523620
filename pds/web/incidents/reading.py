"""An incident as everybody reads it who may: the register, one of it, its report."""

from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.oversight.incidents import contents, document, judging, persons, register
from pds.oversight.incidents.incident import Incident
from pds.oversight.incidents.steps import IncidentStep
from pds.web.context import bank
from pds.web.portal.names import recipient_names
from pds.web.sessions import actor

auditor = Blueprint("auditor_incidents", __name__, url_prefix="/auditor/incidents")
board = Blueprint("board_incidents", __name__, url_prefix="/board/incidents")


def listed(area: str) -> str:
    """Return the page of the register, newest first."""
    with bank().read() as snap:
        found, now = register.every(snap), snap.now
        names = recipient_names(snap, [e.recipient_id for e in found if e.recipient_id])
        titles = {
            each.incident_id: register.get(snap, bank().keys, each.incident_id).title
            for each in found
        }
    return render_template(
        "incidents/browse.html",
        found=found,
        titles=titles,
        names=names,
        at=now,
        area=area,
    )


def shown(incident_id: UUID, area: str) -> str:
    """Return the page of one incident."""
    with bank().read() as snap:
        found = register.get(snap, bank().keys, incident_id)
        lists = persons.of_incident(snap, incident_id)
        asked = {e.list_id: persons.asked(snap, bank().keys, e.list_id) for e in lists}
        names = _names(snap, found, [each.recipient for each in asked.values()])
        now = snap.now
    return render_template(
        "incidents/show.html",
        found=found,
        lists=lists,
        asked=asked,
        names=names,
        terms=judging.terms(found.facts, found.knew_at),
        rules=judging,
        missing=contents.missing(found.contents),
        written=found.last(IncidentStep.WRITTEN),
        drafted=found.last(IncidentStep.DRAFTED),
        at=now,
        area=area,
        by=actor(),
    )


def _names(snap: Snapshot, found: Incident, named: list[str]) -> dict[str, str]:
    wanted = [each for each in (found.recipient_id, *named) if each]
    return dict(recipient_names(snap, wanted))


def report(incident_id: UUID, form: str) -> Response:
    """Return the report as text or JSON, as a file to keep.

    Raises:
        NotFound: `incident.unknown`; there is no such incident, or no such form.
    """
    with bank().read() as snap:
        found = register.get(snap, bank().keys, incident_id)
        lists = persons.of_incident(snap, incident_id)
    written = {
        "txt": ("text/plain; charset=utf-8", document.as_text(found).encode()),
        "json": ("application/json", document.as_json(found, lists)),
    }
    if form not in written:
        raise NotFound("incident.unknown", "There is no such form.")
    kind, content = written[form]
    mark = "exercise" if found.is_exercise else "incident"
    name = f'attachment; filename="{mark}-{incident_id}.{form}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(content, content_type=kind, headers=headers)


@auditor.get("")
def browse() -> ResponseReturnValue:
    """List the incidents for an auditor."""
    return listed("auditor_incidents")


@auditor.get("/<uuid:incident_id>")
def show(incident_id: UUID) -> ResponseReturnValue:
    """Show one to an auditor."""
    return shown(incident_id, "auditor_incidents")


@auditor.get("/<uuid:incident_id>/report.<form>")
def take(incident_id: UUID, form: str) -> ResponseReturnValue:
    """Hand the report to an auditor."""
    return report(incident_id, form)


@board.get("", endpoint="browse")
def browse_as_board() -> ResponseReturnValue:
    """List the incidents for the ethics board (G-08)."""
    return listed("board_incidents")


@board.get("/<uuid:incident_id>", endpoint="show")
def show_to_board(incident_id: UUID) -> ResponseReturnValue:
    """Show one to the ethics board."""
    return shown(incident_id, "board_incidents")


@board.get("/<uuid:incident_id>/report.<form>", endpoint="take")
def take_as_board(incident_id: UUID, form: str) -> ResponseReturnValue:
    """Hand the report to the ethics board."""
    return report(incident_id, form)
