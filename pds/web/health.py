"""Two questions of a supervisor: is the process alive, may it be given requests?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pds.core.errors import Unavailable
from pds.web.context import bank

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer 200 as long as the process answers at all."""
    return {"status": "alive"}


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Answer 200 if the bank can read, write and sign; 503 otherwise."""
    if not bank().ready():
        raise Unavailable("web.not-ready")
    return {"status": "ready"}
