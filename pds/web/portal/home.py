"""Home: who can see what now, and who looked."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pds.core.vocabulary import categories
from pds.rights import history
from pds.web import guards, sessions
from pds.web.auditor.log import honest_claim
from pds.web.context import bank
from pds.web.portal.consents import active
from pds.web.portal.names import recipient_names

blueprint = Blueprint("home", __name__)
start = Blueprint("start", __name__)

_NEWEST = 5
_HOMES = {
    "person": "home.overview",
    "operator": "operator.browse",
    "board": "board.browse",
    "auditor": "auditor.overview",
}


@start.get("/")
def show() -> ResponseReturnValue:
    """Lead everybody to the first page of the role, strangers to the welcome page."""
    role = sessions.current_role()
    if guards.must_enrol():
        return redirect(url_for("enrol.ask"), 303)
    if role in _HOMES:
        return redirect(url_for(_HOMES[role]), 303)
    page = "portal/recipient.html" if role else "portal/welcome.html"
    return render_template(page, claim=honest_claim())


@blueprint.get("/home")
def overview() -> ResponseReturnValue:
    """Show who can see what now, who looked, and how much there is."""
    owner = sessions.owner()
    with bank().read() as snap:
        counts = bank().vault.count(snap, owner, categories=tuple(categories.ALL))
        looks = history.page(
            snap, bank().keys, owner, types=history.LOOKS, limit=_NEWEST
        )
        consents = active(snap, owner)
        names = recipient_names(
            snap,
            [each.recipient_id for each in consents]
            + [each.entry.leaf.get("rcp", "") for each in looks.happenings],
        )
    return render_template(
        "portal/home.html",
        consents=consents,
        names=names,
        looks=looks,
        total=sum(counts.values()),
        claim=honest_claim(),
    )
