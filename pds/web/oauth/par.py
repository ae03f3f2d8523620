"""Pushed authorization requests (RFC 9126), the only way to begin."""

from dataclasses import dataclass

from authlib.oauth2.rfc6749 import (
    Endpoint,
    EndpointRequest,
    InvalidRequestError,
    OAuth2Error,
)
from flask_babel import force_locale

from consent import preflight, rar
from consent.oauth import exchange, lifetimes
from consent.oauth.exchange import Refused
from consent.oauth.opaque import encode
from consent.terms import DataProvision, InvalidTerms
from pds.web import denial_words
from pds.web.denial_words import Reader
from pds.web.oauth import client_assertion, details
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import RESPONSE_TYPE, BankClient
from pds.web.oauth.errors import (
    InvalidAuthorizationDetailsError,
    InvalidDPoPProofError,
)
from pds.web.oauth.grants import Answer, refusal

_KEPT = (
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
)
_MAX_STATE = 1_024


class UnsupportedResponseTypeError(OAuth2Error):
    """Another response type than `code`; Authlib's own would repeat what was sent."""

    error = "unsupported_response_type"


@dataclass
class Pushed(EndpointRequest):
    """A request that was checked and may be stored."""

    request: BankRequest
    client: BankClient


class PushedAuthorizationEndpoint(Endpoint):
    """Checks a pushed request as if the browser had brought it, then stores it."""

    ENDPOINT_NAME = "par"

    def validate_request(self, request: BankRequest) -> Pushed:
        """Check proof, client and every parameter.

        Raises:
            OAuth2Error: always answered to the client, never by redirect.
        """
        try:
            return self._validate(request)
        except OAuth2Error as error:
            # Authlib puts the validated address into some errors and would redirect.
            error.redirect_uri = None
            error.state = None
            raise

    def _validate(self, request: BankRequest) -> Pushed:
        self.server.check_proof(request)
        client: BankClient = self.server.authenticate_client(
            request, [client_assertion.METHOD], self.ENDPOINT_NAME
        )
        request.parameters["client_id"] = client.get_client_id()
        request.payload.data["client_id"] = client.get_client_id()
        _check_form(request.parameters)
        grant = self.server.get_authorization_grant(request)
        grant.validate_consent_request()
        _check_binding(request)
        provision = read_details(
            request.parameters.get("authorization_details"), client
        )
        self._check_permitted(client, provision)
        return Pushed(request, client)

    def _check_permitted(self, client: BankClient, provision: DataProvision) -> None:
        """Refuse at once what no person could give to this recipient now."""
        bank, recipient_id = self.server.bank, client.record.recipient_id
        with bank.read() as snap:
            found = preflight.check(snap, recipient_id, provision, profile=bank.profile)
        if found.reasons:
            # The field is ASCII (RFC 6749 section 5.2), so its words are English.
            with force_locale("en"):
                said = denial_words.said(found.reasons, Reader.RECIPIENT)
            raise InvalidAuthorizationDetailsError(
                f"Not permitted: {' '.join(found.reasons)}. {said}"
            )

    def create_response(self, validated_request: Pushed) -> Answer:
        """Store the request and answer its `request_uri`."""
        request, client = validated_request.request, validated_request.client
        kept = {
            name: request.parameters[name] for name in _KEPT if name in request.form
        }
        thumbprint = self.server.proof(request).thumbprint
        marks = request.settle()
        outcome = self.server.bank.unit_of_work(
            lambda work: exchange.push(
                work,
                client_id=client.get_client_id(),
                parameters=kept,
                thumbprint=thumbprint,
                marks=marks,
            )
        )
        if isinstance(outcome, Refused):
            raise refusal(outcome)
        seconds = int(lifetimes.PUSHED_REQUEST.total_seconds())
        return 201, {"request_uri": outcome, "expires_in": seconds}, []


def _check_form(parameters: dict[str, str]) -> None:
    if parameters.get("response_type") != RESPONSE_TYPE:
        raise UnsupportedResponseTypeError("The response_type must be code.")
    if not {"request_uri", "request"}.isdisjoint(parameters):
        raise InvalidRequestError(
            "Push plain parameters; request objects are not read."
        )
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequestError("The response_mode must be query.")
    if len(parameters.get("state", "")) > _MAX_STATE:
        raise InvalidRequestError("The state is too long.")


def _check_binding(request: BankRequest) -> None:
    named = request.parameters.get("dpop_jkt")
    if request.proof is None or named not in (None, encode(request.proof.thumbprint)):
        raise InvalidDPoPProofError("The dpop_jkt is not of the proof's key.")


def read_details(text: str | None, client: BankClient) -> DataProvision:
    """Read the one authorization detail and hold it against the client's caps.

    Raises:
        InvalidAuthorizationDetailsError: it is not one `data_provision`, or asks more
            than the client may ever ask (RFC 9396 section 5).
    """
    provision = parse_details(text)
    if not client.record.may_ask(provision.purpose, provision.categories):
        raise InvalidAuthorizationDetailsError("The client may not ask for this.")
    return provision


def parse_details(text: str | None) -> DataProvision:
    """Read the text of `authorization_details`: a list of one `data_provision`."""
    try:
        return rar.parse(details.only(text))
    except InvalidTerms as error:
        # The path names members of our format, never what was sent.
        raise InvalidAuthorizationDetailsError(f"Wrong: {error.path}.") from error
