"""Authlib's authorization server with this bank's storage, client check and answers."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Response

from consent.oauth import clients, replay
from consent.oauth.grants import Grant
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.web.oauth import client_assertion, details, dpop
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.client_assertion import PrivateKeyJwt
from pds.web.oauth.client_credentials import OfferGrant
from pds.web.oauth.errors import InvalidDPoPProofError
from pds.web.oauth.grants import CodeGrant, RefreshGrant
from pds.web.oauth.nonce import SECRET_NAME, ServerNonce
from pds.web.oauth.par import PushedAuthorizationEndpoint
from pds.web.oauth.pkce import RequiredS256
from pds.web.oauth.revocation import Revocation

if TYPE_CHECKING:
    from pds.bank.bank import Bank

_FOUND, _SEE_OTHER = 302, 303


class BankIssuer(IssuerParameter):
    """Adds `iss` to every authorization response, errors included (RFC 9207)."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        """Return the configured issuer."""
        return self._issuer


class BankServer(AuthorizationServer):
    """One profile for everybody: FAPI 2.0 with `data_provision`.

    Attributes:
        bank: the bank that it serves.
        issuer: the issuer's address, from the settings.
        nonce: the DPoP nonces, alike on all workers.
    """

    def __init__(self, bank: "Bank") -> None:
        super().__init__()
        self.bank = bank
        self.issuer: str = bank.settings.issuer
        self.nonce = ServerNonce(bank.secret(SECRET_NAME))
        method = PrivateKeyJwt(self.issuer, self.now)
        self.register_client_auth_method(client_assertion.METHOD, method)
        self.register_grant(CodeGrant, [RequiredS256()])
        self.register_grant(RefreshGrant)
        self.register_grant(OfferGrant)
        self.register_endpoint(PushedAuthorizationEndpoint)
        self.register_endpoint(Revocation)
        self.register_extension(BankIssuer(self.issuer))

    def now(self) -> datetime:
        """Return the present moment of the bank's clock."""
        return self.bank.clock.now()

    def query_client(self, client_id: str) -> BankClient | None:
        """Return a registered client."""
        with self.bank.read() as snap:
            found = clients.find(snap, client_id)
        return None if found is None else BankClient(found)

    def check_proof(self, request: BankRequest) -> None:
        """Check the request's DPoP proof; without a good nonce nothing else is done.

        Raises:
            InvalidDPoPProofError: it is missing or wrong.
            UseDPoPNonceError: the client must try again with our nonce.
        """
        text = request.sent.get(dpop.HEADER)
        if not text:
            raise InvalidDPoPProofError("A DPoP proof is required.")
        request.proof = dpop.check(
            text,
            method=request.method,
            uri=request.uri,
            nonce=self.nonce,
            now=self.now(),
        )

    def proof(self, request: BankRequest) -> dpop.Proof:
        """Return the request's proof, which `check_proof` has checked."""
        if request.proof is None:
            raise InvalidDPoPProofError("A DPoP proof is required.")
        return request.proof

    def authenticate_client(
        self, request: BankRequest, methods: Sequence[str], endpoint: str = "token"
    ) -> BankClient:
        """Authenticate a client; only then its proof is worth remembering."""
        client = cast(
            "BankClient", super().authenticate_client(request, methods, endpoint)
        )
        if request.proof is not None:
            request.marks.append(request.proof.mark)
        return client

    def spend_left_over(self, request: BankRequest) -> None:
        """Spend the marks of a request that was refused before its unit of work."""
        if request.marks and not request.is_settled:
            marks = request.settle()
            self.bank.unit_of_work(lambda work: replay.spend_all(work, marks))

    def granted(self, grant: Grant) -> dict[str, Any]:
        """Return the granted authorization detail of a grant."""
        return details.granted(self.bank, grant)

    def endpoint(self, name: str, request: BankRequest) -> Response:
        """Answer at an endpoint by its name."""
        respond: Callable[[str, BankRequest], Response] = self.create_endpoint_response
        return respond(name, request)

    def tokens(self, request: BankRequest) -> Response:
        """Answer at the token endpoint."""
        return cast("Response", self.create_token_response(request))

    def consent_grant(self, request: BankRequest) -> CodeGrant:
        """Check a stored request once more before the person sees it.

        Raises:
            OAuth2Error: with an address only where it is still registered.
        """
        check: Callable[[BankRequest], CodeGrant] = self.get_consent_grant
        return check(request)

    def respond(self, request: BankRequest, grant: CodeGrant, user: Any) -> Response:
        """Send the browser back with a code, or without a user with a denial."""
        return cast(
            "Response",
            self.create_authorization_response(request, grant_user=user, grant=grant),
        )

    def public_keys(self) -> list[dict[str, Any]]:
        """Return the keys that the bank signs consent receipts with, as JWKs."""
        return [StatementKey(self.bank.secret(statement.SECRET_NAME)).public]

    def create_oauth2_request(self, request: BankRequest) -> BankRequest:
        """Return the request as it is; `pds.web.oauth.backchannel` has read it."""
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody; the rules themselves record what they do."""

    def handle_response(
        self, status: int, body: Any, headers: Sequence[tuple[str, str]]
    ) -> Response:
        """Build the answer; a redirect is always 303, so that no form is sent on."""
        if status == _FOUND:
            status = _SEE_OTHER
        if isinstance(body, Mapping):
            headers = [*headers, ("Content-Type", "application/json")]
            body = json.dumps(body, ensure_ascii=False)
        response = Response(body, status)
        for name, value in headers:
            response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        return response

    def refuse(self, error: OAuth2Error) -> Response:
        """Answer an error, by redirect only if it carries a validated address."""
        response: Response = self.handle_response(*error())
        if response.location:
            BankIssuer(self.issuer).add_issuer_parameter(self, response)
        return response
