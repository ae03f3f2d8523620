"""The OpenAPI 3.1 document at `/api/v1/openapi.json`.

It says the same for every bank, and few ask for it, so it is made on an application of
its own when the first one asks: making it took half of what building the bank's took.
"""

from functools import cache

from flask import Blueprint, Flask, Response
from flask_smorest import Api

from pds.web.api import (
    cohorts,  # noqa: F401 - importing it puts its views on the blueprint
    consent_receipts,  # noqa: F401 - the same
    emergency,  # noqa: F401 - the same
    incidents,  # noqa: F401 - importing it puts its view on the blueprint
    promises,  # noqa: F401 - the same
    receipts,  # noqa: F401 - importing it puts its view on the blueprint
    records,
    transfers,  # noqa: F401 - the same
    views,  # noqa: F401 - the same
)

blueprint = Blueprint("api-docs", __name__, url_prefix="/api/v1")


class QuietApi(Api):  # type: ignore[misc] # flask-smorest has no types
    """An `Api` that answers nothing: errors are answered by `pds.web.problems`."""

    ERROR_SCHEMA = Api.ERROR_SCHEMA()
    """One for all statuses; the class alone would be made anew for each of them."""

    def _register_error_handlers(self) -> None:
        """Register none."""


def install(app: Flask) -> None:
    """Register the API's blueprint and its document."""
    app.register_blueprint(records.blueprint)
    app.register_blueprint(blueprint)
    # No session opens these: the records ask for a token, receipts for a client's
    # assertion, the document is public.
    app.extensions["guards"] |= {
        records.blueprint.name: "requires_token",
        blueprint.name: "requires_no_auth",
    }


@blueprint.get("/openapi.json")
def openapi_json() -> Response:
    """Describe the API to a program."""
    return Response(_document(), mimetype="application/json")


@cache
def _document() -> str:
    """Describe all views of the API's blueprint, as JSON.

    The DPoP scheme is described as an API key in the header `Authorization`, since
    OpenAPI has no word of its own for it.
    """
    app = Flask(__name__)
    app.config.update(
        API_TITLE="infobank",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    api = QuietApi(app)
    api.spec.components.security_scheme(
        "dpop",
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": (
                "`DPoP <access token>`, with a header `DPoP` that holds a proof for"
                " this request and a nonce of ours (RFC 9449)."
            ),
        },
    )
    api.register_blueprint(records.blueprint)
    return app.json.dumps(api.spec.to_dict(), indent=2, sort_keys=False)
