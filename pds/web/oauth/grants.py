"""The two grant types: a code, and a refresh token that stays as it is.

Authlib's own order (issue, then delete the code) lets ten parallel redemptions win ten
tokens; here claiming and issuing are one unit of work of `consent.oauth.exchange`, and
Authlib's `create_token_response` is replaced, not extended.
"""

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    OAuth2Request,
    TokenMixin,
)
from authlib.oauth2.rfc6749.grants import (
    AuthorizationCodeGrant,
    BaseGrant,
    RefreshTokenGrant,
)

from consent.oauth import exchange, tokens
from consent.oauth.exchange import CodeState, Issued, Refusal, Refused
from consent.oauth.tokens import TokenKind, TokenState
from pds.web.oauth import client_assertion
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.errors import InvalidDPoPProofError

if TYPE_CHECKING:
    from pds.web.oauth.server import BankServer

Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]


class BankCode(AuthorizationCodeMixin):
    """A stored code as Authlib asks about it."""

    def __init__(self, state: CodeState) -> None:
        self.state = state
        self.code_challenge = state.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        """Return the address that the code was sent to."""
        return self.state.redirect_uri

    def get_scope(self) -> str:
        """There is no scope."""
        return ""


class BankToken(TokenMixin):
    """A stored token as Authlib asks about it."""

    def __init__(self, state: TokenState) -> None:
        self.state = state

    def check_client(self, client: BankClient) -> bool:
        """Say whether the token is this client's."""
        return self.state.client_id == client.get_client_id()

    def get_scope(self) -> str:
        """There is no scope."""
        return ""


class CodeGrant(AuthorizationCodeGrant):
    """The authorization code, bound to client, address, challenge and DPoP key."""

    TOKEN_ENDPOINT_AUTH_METHODS = [client_assertion.METHOD]  # noqa: RUF012 - Authlib's
    server: "BankServer"
    request: BankRequest

    @staticmethod
    def validate_authorization_redirect_uri(
        request: BankRequest, client: BankClient
    ) -> str:
        """Return the request's address if it is registered, letter by letter.

        Raises:
            InvalidRequestError: without an address in it, so nobody is redirected.
        """
        address = request.form.get("redirect_uri")
        if not address or not client.check_redirect_uri(address):
            raise InvalidRequestError("The redirect_uri is missing or not registered.")
        return address

    def validate_requested_scope(self) -> None:
        """Refuse scopes: what is asked for stands in authorization details."""
        refuse_scope(self)

    def generate_authorization_code(self) -> str:
        """Return the code that the person's decision issued."""
        return self.request.code

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Do nothing: the code was stored with the consent, in one unit of work."""

    def validate_token_request(self) -> None:
        """Check proof, client and the code's bindings; PKCE follows by its hook."""
        self.server.check_proof(self.request)
        super().validate_token_request()

    def query_authorization_code(
        self, code: str, client: BankClient
    ) -> BankCode | None:
        """Return the client's code, used or not; claiming it comes later.

        Raises:
            InvalidGrantError: the code is bound to another DPoP key.
        """
        with self.server.bank.read() as snap:
            found = exchange.find_code(snap, code, client.get_client_id())
        if found is None:
            return None
        if self.server.proof(self.request).thumbprint != found.jkt:
            raise InvalidGrantError("The code is bound to another DPoP key.")
        return BankCode(found)

    def create_token_response(self) -> Answer:
        """Claim the code and issue the tokens in one unit of work."""
        found: CodeState = self.request.authorization_code.state
        marks = self.request.settle()
        outcome = self.server.bank.unit_of_work(
            lambda work: exchange.redeem(work, found, marks)
        )
        return answer(self.server, outcome)


class RefreshGrant(RefreshTokenGrant):
    """A new access token for a refresh token, which is not rotated (FAPI 2.0)."""

    TOKEN_ENDPOINT_AUTH_METHODS = [client_assertion.METHOD]  # noqa: RUF012 - Authlib's
    server: "BankServer"
    request: BankRequest

    def validate_token_request(self) -> None:
        """Check the proof, the client and that the token is its own."""
        self.server.check_proof(self.request)
        refuse_scope(self)
        super().validate_token_request()

    def authenticate_refresh_token(self, refresh_token: str) -> BankToken | None:
        """Return a refresh token that is alive."""
        with self.server.bank.read() as snap:
            found = tokens.present(snap, refresh_token)
            if (
                found is None
                or found.kind is not TokenKind.REFRESH
                or not found.is_alive(snap.now)
            ):
                return None
        return BankToken(found)

    def create_token_response(self) -> Answer:
        """Issue an access token bound to the key of this request's proof."""
        found: TokenState = self.request.refresh_token.state
        jkt, marks = self.server.proof(self.request).thumbprint, self.request.settle()
        outcome = self.server.bank.unit_of_work(
            lambda work: exchange.refresh(work, found, jkt, marks)
        )
        return answer(self.server, outcome)


def refuse_scope(grant: BaseGrant) -> None:
    """Refuse a scope rather than narrow it silently.

    Raises:
        InvalidScopeError: one was asked for.
    """
    if grant.request.form.get("scope"):
        raise InvalidScopeError("Ask with authorization_details; there are no scopes.")


def answer(server: "BankServer", outcome: Issued | Refused) -> Answer:
    """Return the token response (RFC 6749 section 5.1, RFC 9396 section 7).

    Raises:
        OAuth2Error: nothing was issued.
    """
    if isinstance(outcome, Refused):
        raise refusal(outcome)
    body: dict[str, Any] = {
        "access_token": outcome.access_token,
        "token_type": "DPoP",
        "expires_in": outcome.expires_in,
        "grant_id": str(outcome.grant.grant_id),
        "authorization_details": [server.granted(outcome.grant)],
    }
    if outcome.refresh_token is not None:
        body["refresh_token"] = outcome.refresh_token
    return 200, body, list(BaseGrant.TOKEN_RESPONSE_HEADER)


def refusal(refused: Refused) -> OAuth2Error:
    """Return the error that a client is told."""
    if refused.reason is Refusal.ASSERTION:
        return InvalidClientError("The assertion was used before.")
    if refused.reason is Refusal.PROOF:
        return InvalidDPoPProofError("The DPoP proof was used before.")
    return InvalidGrantError("The code or token is not valid, or not any more.")
