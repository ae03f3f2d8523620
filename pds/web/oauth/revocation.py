"""Revocation by the recipient (RFC 7009): handing access back."""

from typing import TYPE_CHECKING

from authlib.oauth2.rfc7009 import RevocationEndpoint

from consent.oauth import exchange, tokens
from pds.web.oauth import client_assertion
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.grants import BankToken, refusal

if TYPE_CHECKING:
    from pds.web.oauth.server import BankServer


class Revocation(RevocationEndpoint):
    """An access token ends alone; a refresh token takes the whole grant with it."""

    CLIENT_AUTH_METHODS = [client_assertion.METHOD]  # noqa: RUF012 - Authlib's attribute
    server: "BankServer"

    def authenticate_token(
        self, request: BankRequest, client: BankClient
    ) -> BankToken | None:
        """Return the client's own token.

        Another client's token is answered like an unknown one (RFC 7009 section 2.2),
        so nobody learns that it exists.
        """
        self.check_params(request, client)
        found = self.query_token(request.form["token"], None)
        return found if found is not None and found.check_client(client) else None

    def query_token(
        self, token_string: str, token_type_hint: str | None
    ) -> BankToken | None:
        """Return a token by its text; the hint is not needed."""
        del token_type_hint
        with self.server.bank.read() as snap:
            found = tokens.present(snap, token_string)
        return None if found is None else BankToken(found)

    def revoke_token(self, token: BankToken, request: BankRequest) -> None:
        """Revoke in one unit of work with the spending of the assertion.

        Raises:
            InvalidClientError: the assertion was used before.
        """
        marks = request.settle()
        refused = self.server.bank.unit_of_work(
            lambda work: exchange.return_token(work, token.state, marks)
        )
        if refused is not None:
            raise refusal(refused)
