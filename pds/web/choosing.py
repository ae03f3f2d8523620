"""The public page of how recipients are chosen, and who they are (R-10, N-03, G-13)."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consent import processors, recipients
from consent.criteria import accepted_certificates, recipient_criteria
from consent.facts import Standing
from pds.web.context import bank

blueprint = Blueprint("choosing", __name__, url_prefix="/recipients")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Show criteria, accepted certificates, and every recipient, ended ones too."""
    with bank().read() as snap:
        at = snap.now
        handling = [e for e in processors.every(snap) if e.ended_at is None]
        known = [
            each
            for each in recipients.every(snap)
            if each.standing is not Standing.APPLIED
        ]
    return render_template(
        "choosing/browse.html",
        criteria=recipient_criteria.CURRENT,
        certificates=accepted_certificates.ALL,
        known=known,
        processors=handling,
        at=at,
        names={each.recipient_id: each.profile for each in known},
    )
