"""The census by a button: every entry is somebody's, and nobody's is missing (A-04).

It names no subject, so it shows nothing about a person.
"""

from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from audit import census_walk, store
from pds.core.errors import Invalid
from pds.web.context import bank

blueprint = Blueprint("census", __name__, url_prefix="/auditor/census")

MOST_ENTRIES: Final = 50_000
"""Entries of a log that one request counts; the command has no limit."""


@blueprint.post("")
def take() -> ResponseReturnValue:
    """Take a census now.

    Raises:
        Invalid: `census.size`; the log is too long for one request.
    """
    with bank().read() as snap:
        if store.size(snap.connection) > MOST_ENTRIES:
            raise Invalid("census.size", "The log is too long for one request.")
        census = census_walk.take(snap, bank().keys)
        at = snap.now
    return render_template("auditor/census.html", census=census, at=at)
