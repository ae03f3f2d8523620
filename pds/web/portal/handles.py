"""The person's handle keys: with them anyone can count that person's entries (A-04).

Whoever holds the keys and the log finds every entry of this person and notices a
missing one; what the entries say in detail stays sealed.
"""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from audit import census_walk, handles
from pds.rights import provisions
from pds.web import sessions
from pds.web.context import bank
from pds.web.guards import fresh

blueprint = Blueprint("handles", __name__, url_prefix="/log/handles")


@blueprint.get("")
@fresh
def ask() -> ResponseReturnValue:
    """Explain the handle keys, show them, and offer the file."""
    with bank().read() as snap:
        found = list(census_walk.generations(snap, bank().keys, sessions.owner()))
    return render_template("portal/handles.html", found=found)


@blueprint.post("")
@fresh
def take() -> ResponseReturnValue:
    """Record the copy in the log, then send the file for the verifier."""
    owner = sessions.owner()
    bank().unit_of_work(
        lambda work: provisions.begin(work, owner, provisions.HANDLE_KEYS)
    )
    with bank().read() as snap:
        lines = handles.of_subject(snap, bank().keys, owner)
    return Response(
        "".join(f"{line}\n" for line in lines),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-handles.txt"'},
    )
