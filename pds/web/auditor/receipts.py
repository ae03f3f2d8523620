"""What recipients sent back, and what of it does not hold; it names no person."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pds.oversight import finding_list
from pds.web.auditor import searching
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("sent", __name__, url_prefix="/auditor/receipts")


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List the findings, newest first; what was sent stays sealed."""
    before = searching.place(request.args)
    with bank().read() as snap:
        found = finding_list.page(snap, before)
        count = finding_list.count(snap)
        names = recipient_names(snap, (each.recipient_id for each in found.findings))
    following = found.following
    return render_template(
        "auditor/receipts.html",
        found=found.findings,
        count=count,
        names=names,
        following=url_for("sent.browse", before=following) if following else "",
        first=url_for("sent.browse") if before is not None else "",
    )
