"""A client as Authlib asks about it; the answers are this profile's."""

from authlib.oauth2.rfc6749 import ClientMixin

from consent.oauth.clients import Client

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
RESPONSE_TYPE = "code"


class BankClient(ClientMixin):
    """Wraps a registered client; it has no secret and no scope."""

    def __init__(self, record: Client) -> None:
        self.record = record

    def get_client_id(self) -> str:
        """Return the client's id."""
        return self.record.client_id

    def get_default_redirect_uri(self) -> None:
        """There is none: every request names its own (FAPI 2.0 5.3.2.2-6)."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return no scope; what is granted stands in authorization details."""
        del scope
        return ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Say whether the address is registered, letter by letter."""
        return redirect_uri in self.record.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """No client has a secret."""
        del client_secret
        return False

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Say whether the method is the only one, at whichever endpoint."""
        del endpoint
        return method == "private_key_jwt"

    def check_response_type(self, response_type: str) -> bool:
        """Say whether the response type is `code`."""
        return response_type == RESPONSE_TYPE

    def check_grant_type(self, grant_type: str) -> bool:
        """Say whether the grant type is one of this profile."""
        return grant_type in GRANT_TYPES
