"""Client credentials (RFC 6749 section 4.4): a token for an offer that was accepted.

The rules of every other request to the token endpoint hold: `private_key_jwt`, DPoP
with the server's nonce, details instead of scopes, each mark once. There is no refresh
token; a client asks again.
"""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from authlib.oauth2.rfc6749 import UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, ClientCredentialsGrant

from consent import offer_details
from consent.oauth import client_credentials
from consent.oauth.exchange import Refusal, Refused
from consent.terms import InvalidTerms
from pds.web.oauth import client_assertion, details
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.errors import InvalidAuthorizationDetailsError
from pds.web.oauth.grants import Answer, refusal, refuse_scope

if TYPE_CHECKING:
    from pds.web.oauth.client import BankClient
    from pds.web.oauth.server import BankServer


class OfferGrant(ClientCredentialsGrant):
    """A token of one client for one of its recipient's offers."""

    TOKEN_ENDPOINT_AUTH_METHODS = [client_assertion.METHOD]  # noqa: RUF012 - Authlib's
    server: "BankServer"
    request: BankRequest

    def validate_token_request(self) -> None:
        """Check the proof, the client and the one detail."""
        self.server.check_proof(self.request)
        refuse_scope(self)
        super().validate_token_request()
        self.offer_id = _offer_id(self.request.form.get("authorization_details"))

    def create_token_response(self) -> Answer:
        """Issue the token in one unit of work with the spending of the marks."""
        client_id = cast("BankClient", self.request.client).get_client_id()
        offer_id = self.offer_id
        jkt, marks = self.server.proof(self.request).thumbprint, self.request.settle()
        outcome = self.server.bank.unit_of_work(
            lambda work: client_credentials.issue(work, client_id, offer_id, jkt, marks)
        )
        if isinstance(outcome, Refused):
            raise _refusal(outcome)
        body: dict[str, Any] = {
            "access_token": outcome.access_token,
            "token_type": "DPoP",
            "expires_in": outcome.expires_in,
            "authorization_details": [offer_details.write(outcome.offer_id)],
        }
        return 200, body, list(BaseGrant.TOKEN_RESPONSE_HEADER)


def _refusal(refused: Refused) -> Exception:
    if refused.reason is Refusal.OFFER:
        return InvalidAuthorizationDetailsError("The client has no such offer.")
    if refused.reason is Refusal.GRANT:
        return UnauthorizedClientError("The recipient may ask for nothing now.")
    return refusal(refused)


def _offer_id(text: str | None) -> UUID:
    try:
        return offer_details.parse(details.only(text))
    except InvalidTerms as error:
        # The path names members of our format, never what was sent.
        raise InvalidAuthorizationDetailsError(f"Wrong: {error.path}.") from error
