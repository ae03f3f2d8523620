"""Requests of the back channel, read strictly, apart from Flask's loose merging.

Parameters come from the body alone, each at most once; a query string is refused
(RFC 6749 section 3.2, RFC 9126 section 2). Addresses are built from the configured
issuer, so neither `Host` nor a proxy's headers can move them.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from consent.oauth.replay import Mark
from pds.web.oauth.dpop import HEADER, Proof

MAX_BODY = 65_536
"""Bytes of a body; authorization details are by far the largest part."""

_MAX_FIELDS = 40
_FORM = "application/x-www-form-urlencoded"


class BankRequest(OAuth2Request):
    """An OAuth request as Authlib wants it, with what this profile adds.

    Attributes:
        sent: the headers of the request that matter here.
        proof: the DPoP proof, once checked.
        marks: one-time marks to be spent with whatever this request does.
        is_settled: whether a unit of work has spent them.
        code: the authorization code that the person's decision issued.
    """

    payload: BasicOAuth2Payload
    authorization_code: Any
    refresh_token: Any

    def __init__(
        self,
        method: str,
        uri: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(method, uri, headers=dict(headers))
        self.sent = dict(headers)
        self.payload = BasicOAuth2Payload(dict(parameters))
        self.parameters = dict(parameters)
        self.proof: Proof | None = None
        self.marks: list[Mark] = []
        self.is_settled = False
        self.code = ""

    def settle(self) -> tuple[Mark, ...]:
        """Hand out the marks to the unit of work that will spend them."""
        self.is_settled = True
        return tuple(self.marks)

    @property
    def args(self) -> dict[str, str | None]:
        """No parameter ever comes from the query."""
        return {}

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body."""
        return self.parameters


def read(request: Request, issuer: str) -> BankRequest:
    """Read a back-channel request.

    Raises:
        InvalidRequestError: query parameters, another content type, a parameter twice,
            or a body that is too long or not form data.
    """
    if request.query_string:
        raise InvalidRequestError("Parameters belong into the body.")
    if request.mimetype != _FORM:
        raise InvalidRequestError("The body must be form data.")
    try:
        body = bounded(request)
    except RequestEntityTooLarge:
        raise InvalidRequestError("The body is too long.") from None
    headers = {HEADER: _one_proof(request)}
    if "Authorization" in request.headers:
        headers["Authorization"] = request.headers["Authorization"]
    return BankRequest(request.method, issuer + request.path, _pairs(body), headers)


def bounded(request: Request) -> bytes:
    """Return the body, also of a request that does not say how long it is.

    Raises:
        RequestEntityTooLarge: it is longer than any request of the back channel.
    """
    # One byte more, because a stream without a length just ends at this limit.
    request.max_content_length = MAX_BODY + 1
    body = request.get_data(cache=True, parse_form_data=False)
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


def _one_proof(request: Request) -> str:
    return ",".join(request.headers.getlist(HEADER))


def _pairs(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError as error:
        raise InvalidRequestError("The body is not form data.") from error
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise InvalidRequestError("A parameter is given twice.")
    # RFC 6749 section 3.2: a parameter without a value counts as omitted.
    return {name: value for name, value in parameters.items() if value}
