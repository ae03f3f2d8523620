"""Revocation by the recipient (RFC 7009): handing access back."""

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import TokenMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint

from consent.oauth import client_credentials, exchange, offer_tokens, tokens
from consent.oauth.offer_tokens import OfferToken
from pds.web.oauth import client_assertion
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.grants import BankToken, refusal

if TYPE_CHECKING:
    from pds.web.oauth.server import BankServer


class BankOfferToken(TokenMixin):
    """A token of client credentials as Authlib asks about it."""

    def __init__(self, state: OfferToken) -> None:
        self.state = state

    def check_client(self, client: BankClient) -> bool:
        """Say whether the token is this client's."""
        return self.state.client_id == client.get_client_id()

    def get_scope(self) -> str:
        """There is no scope."""
        return ""


class Revocation(RevocationEndpoint):
    """An access token ends alone; a refresh token takes the whole grant with it."""

    CLIENT_AUTH_METHODS = [client_assertion.METHOD]  # noqa: RUF012 - Authlib's attribute
    server: "BankServer"

    def authenticate_token(
        self, request: BankRequest, client: BankClient
    ) -> BankToken | BankOfferToken | None:
        """Return the client's own token.

        Another client's token is answered like an unknown one (RFC 7009 section 2.2),
        so nobody learns that it exists.
        """
        self.check_params(request, client)
        found = self.query_token(request.form["token"], None)
        return found if found is not None and found.check_client(client) else None

    def query_token(
        self, token_string: str, token_type_hint: str | None
    ) -> BankToken | BankOfferToken | None:
        """Return a token by its text; the hint is not needed."""
        del token_type_hint
        with self.server.bank.read() as snap:
            found = tokens.present(snap, token_string)
            if found is not None:
                return BankToken(found)
            of_offer = offer_tokens.present(snap, token_string)
        return None if of_offer is None else BankOfferToken(of_offer)

    def revoke_token(
        self, token: BankToken | BankOfferToken, request: BankRequest
    ) -> None:
        """Revoke in one unit of work with the spending of the assertion.

        Raises:
            InvalidClientError: the assertion was used before.
        """
        marks = request.settle()
        refused = self.server.bank.unit_of_work(
            lambda work: (
                exchange.return_token(work, token.state, marks)
                if isinstance(token, BankToken)
                else client_credentials.return_token(work, token.state, marks)
            )
        )
        if refused is not None:
            raise refusal(refused)
