"""Who received what, read from the log itself, each entry with its proof (C-02)."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent import ledger
from pds.core.errors import NotFound
from pds.rights import happenings, history, proofs
from pds.web import sessions
from pds.web.context import bank
from pds.web.portal.names import recipient_names

blueprint = Blueprint("disclosures", __name__, url_prefix="/disclosures")

_PAGE = 25


@blueprint.get("")
def browse() -> ResponseReturnValue:
    """List what happened, newest first, of everybody or of one recipient."""
    owner, after = sessions.owner(), request.args.get("after")
    with bank().read() as snap:
        asking = {each.recipient_id for each in ledger.every(snap, owner)}
        names = recipient_names(snap, asking)
        chosen = request.args.get("recipient", "")
        chosen = chosen if chosen in names else ""
        told = happenings.tell(
            snap,
            bank().keys,
            owner,
            types=history.LOOKS,
            recipient=chosen,
            after=after,
            limit=_PAGE,
        )
        more = {each.recipient for each in told.groups} - names.keys()
        names = {**names, **recipient_names(snap, more)}
        places = (e.entry.index for each in told.groups for e in each.entries)
        covered = proofs.covering(snap, places)
    return render_template(
        "portal/disclosures.html",
        told=told,
        covered=covered,
        names=names,
        choices=sorted(asking, key=lambda each: names[each]),
        chosen=chosen,
        first=""
        if after is None
        else url_for("disclosures.browse", recipient=chosen or None),
        following=told.next
        and url_for("disclosures.browse", after=told.next, recipient=chosen or None),
    )


@blueprint.get("/<place>")
def show(place: str) -> ResponseReturnValue:
    """Show one entry with everything that its detail says."""
    with bank().read() as snap:
        try:
            found = history.one(snap, bank().keys, sessions.owner(), place)
        except history.DetailsDestroyed as gone:
            return render_template("portal/disclosure_gone.html", told=gone.told), 410
        if found.type is None:
            raise NotFound("rights.no-entry")
        names = recipient_names(snap, [found.recipient])
        covered = proofs.covering(snap, [found.entry.index])
    return render_template(
        "portal/disclosure.html",
        found=found,
        covered=covered,
        leaf=found.entry.leaf,
        fields=found.entry.detail.fields,
        name=names.get(found.recipient, ""),
    )
