"""What a person sees of incidents: those that they were told of, and their own part."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from audit import subject
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.oversight.incidents import persons, register
from pds.oversight.incidents.persons import PersonList
from pds.web import sessions
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("own_incidents", __name__, url_prefix="/incidents")

_LOOKED = 500
"""Entries of a person's own log that are held against the question."""


@blueprint.get("/<uuid:incident_id>")
def show(incident_id: UUID) -> ResponseReturnValue:
    """Show what a person was told of an incident, and which of their entries it is.

    Who was not told of it learns nothing, not even that it is there.
    """
    owner = sessions.owner()
    with bank().read() as snap:
        told = [
            (each, when[0])
            for each in persons.of_incident(snap, incident_id)
            if not each.is_exercise and (when := _told(snap, owner, each))
        ]
        if not told:
            raise NotFound("incident.unknown", "There is no such incident.")
        found = register.get(snap, bank().keys, incident_id)
        entries = _entries(snap, owner, [each for each, _when in told])
        names = recipient_names(
            snap, [e.leaf["rcp"] for e in entries if "rcp" in e.leaf]
        )
    texts = {each.no: each.said["text"] for each in found.steps if "text" in each.said}
    return render_template(
        "incidents/own.html",
        found=found,
        told=told,
        texts=texts,
        entries=entries,
        names=names,
    )


def _told(snap: Snapshot, owner: OwnerId, found: PersonList) -> list[messages.Told]:
    return messages.told(snap, [owner], MessageTopic.INCIDENT_TOLD, str(found.list_id))


def _entries(
    snap: Snapshot, owner: OwnerId, lists: list[PersonList]
) -> list[subject.OwnEntry]:
    keys = bank().keys
    asked = [persons.asked(snap, keys, each.list_id) for each in lists]
    own = subject.page(snap, keys, owner, limit=_LOOKED).entries
    return [
        each
        for each in own
        if each.leaf and any(e.fits_own(each.leaf, each.detail.fields) for e in asked)
    ]
