"""What recipients sent back, and what of it does not hold; it names no person."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pds.core.errors import Invalid
from pds.oversight import finding_list
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("sent", __name__, url_prefix="/auditor/receipts")

_MOST_DIGITS = 15


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List the findings, newest first; what was sent stays sealed."""
    before = _number(request.args.get("before"))
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


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Invalid("web.position", "The number of a finding is a number.")
    return int(text)
