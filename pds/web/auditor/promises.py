"""What recipients owe in numbers: duties and benefits by state; it names no person."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consent import benefits, duties
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("promises", __name__, url_prefix="/auditor/duties")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """Count duties and benefits of each recipient by state (R-09, E-10)."""
    with bank().read() as snap:
        owed, promised = duties.counts(snap), benefits.counts(snap)
        names = recipient_names(snap, [key[0] for key in [*owed, *promised]])
    return render_template(
        "auditor/duties.html",
        owed=sorted(owed.items()),
        promised=sorted(promised.items()),
        names=names,
    )
