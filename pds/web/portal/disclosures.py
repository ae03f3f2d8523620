"""Who received what, read from the log itself, each entry with its proof (C-02)."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pds.core.errors import NotFound
from pds.rights import history
from pds.web import sessions
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("disclosures", __name__, url_prefix="/disclosures")

_PAGE = 50


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List disclosures and denials, newest first, a keyset page at a time."""
    after = request.args.get("after")
    with bank().read() as snap:
        found = history.page(
            snap,
            bank().keys,
            sessions.owner(),
            types=history.LOOKS,
            after=after,
            limit=_PAGE,
        )
        names = recipient_names(
            snap, (each.entry.leaf.get("rcp", "") for each in found.happenings)
        )
    return render_template(
        "portal/disclosures.html",
        found=found,
        names=names,
        is_first=after is None,
        following=found.next and url_for("disclosures.browse", after=found.next),
    )


@blueprint.get("/<place>")
def show(place: str) -> ResponseReturnValue:
    """Show one entry with everything that its detail says."""
    with bank().read() as snap:
        found = history.one(snap, bank().keys, sessions.owner(), place)
        if found.type is None:
            raise NotFound("rights.no-entry")
        names = recipient_names(snap, [found.entry.leaf.get("rcp", "")])
    return render_template(
        "portal/disclosure.html",
        found=found,
        leaf=found.entry.leaf,
        fields=found.entry.detail.fields,
        name=names.get(found.entry.leaf.get("rcp", ""), ""),
    )
