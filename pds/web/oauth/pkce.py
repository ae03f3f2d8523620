"""PKCE with S256 for every client, on every request (RFC 7636, FAPI 2.0 5.3.2.2-5)."""

import re

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import BaseGrant
from authlib.oauth2.rfc7636 import CodeChallenge

_S256 = re.compile(r"[A-Za-z0-9_-]{43}\Z", re.ASCII)


class RequiredS256(CodeChallenge):
    """Authlib's extension without `plain` and without the way round it.

    There, a confidential client need not send a challenge, and a missing method means
    `plain`. Here both parameters are required of everybody.
    """

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012 - Authlib's attribute
    CODE_CHALLENGE_METHODS = {  # noqa: RUF012 - Authlib's attribute
        "S256": CodeChallenge.CODE_CHALLENGE_METHODS["S256"]
    }

    def validate_code_challenge(self, grant: BaseGrant, redirect_uri: str) -> None:
        """Demand a challenge and its method."""
        data = grant.request.form
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method must be S256.")
        if not _S256.match(data.get("code_challenge", "")):
            raise InvalidRequestError("A code_challenge is required.")
        super().validate_code_challenge(grant, redirect_uri)
