"""The OpenAPI 3.1 document at `/api/v1/openapi.json`."""

from flask import Flask
from flask_smorest import Api

from pds.web.api import (
    receipts,  # noqa: F401 - importing it puts its view on the blueprint
    records,
    transfers,  # noqa: F401 - the same
)


class QuietApi(Api):  # type: ignore[misc] # flask-smorest has no types
    """An `Api` that leaves errors to `pds.web.problems`, which answers them all."""

    ERROR_SCHEMA = Api.ERROR_SCHEMA()
    """One for all statuses; the class alone would be made anew for each of them."""

    def _register_error_handlers(self) -> None:
        """Register none."""


def install(app: Flask) -> None:
    """Register the API's blueprint and its document.

    The DPoP scheme is described as an API key in the header `Authorization`, since
    OpenAPI has no word of its own for it.
    """
    app.config.update(
        API_TITLE="infobank",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
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
    # No session opens these: the records ask for a token, receipts for a client's
    # assertion, the document is public.
    app.extensions["guards"] |= {
        "api": "requires_token",
        "api-docs": "requires_no_auth",
    }
