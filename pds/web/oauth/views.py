"""The addresses of OAuth: what arrives over HTTP, and what is answered.

The back channel answers JSON, the browser gets pages or one 303. A request is never
redirected to an address that was not registered.
"""

import json
from collections.abc import Callable
from typing import Any

import structlog
from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Blueprint, Response, g, request

from pds.core.errors import BankError, Kind
from pds.web import problems
from pds.web.oauth import authorize, backchannel, metadata, resource
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.current import server
from pds.web.oauth.errors import TokenRefused, UseDPoPNonceError

blueprint = Blueprint("oauth", __name__)
blueprint.add_url_rule("/oauth/authorize", "authorize", authorize.show)
blueprint.add_url_rule("/oauth/authorize", "decide", authorize.decide, methods=["POST"])

_NONCED = ("oauth.pushed_authorization", "oauth.token")
_CACHED = "public, max-age=300"
_log = structlog.get_logger("infobank.security")


@blueprint.post("/oauth/par")
def pushed_authorization() -> Response:
    """Take a pushed authorization request (RFC 9126)."""
    return _back_channel(lambda r: server().endpoint("par", r))


@blueprint.post("/oauth/token")
def token() -> Response:
    """Issue tokens (RFC 6749 section 3.2)."""
    return _back_channel(lambda r: server().tokens(r))


@blueprint.post("/oauth/revoke")
def revoke() -> Response:
    """Take a token back (RFC 7009)."""
    return _back_channel(lambda r: server().endpoint("revocation", r))


def _back_channel(answer: Callable[[BankRequest], Response]) -> Response:
    try:
        read = backchannel.read(request, server().issuer)
    except OAuth2Error as error:
        return server().refuse(error)
    try:
        response = answer(read)
        server().spend_left_over(read)
    except BankError as error:
        if error.kind is not Kind.UNAVAILABLE:
            raise
        return _unavailable()
    if response.status_code >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        _note(response)
    return response


def _note(response: Response) -> None:
    """Write to the security log which rule refused; never what was sent."""
    body: dict[str, Any] = response.get_json(silent=True) or {}
    if body.get("error") == UseDPoPNonceError.error:
        # Every client's first request is answered so; nobody was refused anything.
        return
    _log.info("oauth refused", endpoint=request.endpoint, error=body.get("error"))


def _unavailable() -> Response:
    response = server().handle_response(503, {"error": "temporarily_unavailable"}, [])
    response.headers["Retry-After"] = problems.RETRY_AFTER_SECONDS
    return response


@blueprint.get("/.well-known/oauth-authorization-server")
def server_metadata() -> Response:
    """Say what the authorization server does (RFC 8414)."""
    return _public(metadata.server(server().issuer))


@blueprint.get(metadata.RESOURCE_METADATA)
@blueprint.get(f"{metadata.RESOURCE_METADATA}/api/v1")
def resource_metadata() -> Response:
    """Say what the protected resource wants (RFC 9728)."""
    return _public(metadata.resource(server().issuer))


@blueprint.get("/oauth/jwks")
def jwks() -> Response:
    """Publish the keys that the bank signs with."""
    return _public({"keys": server().public_keys()})


def _public(document: dict[str, Any]) -> Response:
    response = Response(json.dumps(document), content_type="application/json")
    response.headers["Cache-Control"] = _CACHED
    return response


@blueprint.app_errorhandler(TokenRefused)
def token_refused(error: TokenRefused) -> Response:
    """Answer a resource request without a good token (RFC 9449 section 7.1)."""
    _log.info("token refused", endpoint=request.endpoint, code=error.code)
    members = {"error": error.error} if error.error else {}
    response = problems.problem(
        401, error.code, "A DPoP-bound token is needed.", **members
    )
    value = resource.challenge(error.error, server().issuer)
    response.headers["WWW-Authenticate"] = value
    return resource.add_nonce(response, server().nonce.current(server().now()))


@blueprint.after_app_request
def offer_nonce(response: Response) -> Response:
    """Offer the next nonce wherever a proof was asked for."""
    if request.endpoint in _NONCED or g.get("dpop_was_used"):
        resource.add_nonce(response, server().nonce.current(server().now()))
    return response
