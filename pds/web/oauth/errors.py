"""Errors of the protocol, beside those that Authlib brings.

Descriptions are fixed sentences: nothing that was sent is repeated, and nothing of
the inside is told (RFC 6749 section 5.2).
"""

from authlib.oauth2.rfc6749.errors import OAuth2Error

from pds.core.errors import BankError, Kind


class InvalidDPoPProofError(OAuth2Error):
    """The DPoP proof is missing or wrong (RFC 9449 section 5)."""

    error = "invalid_dpop_proof"


class UseDPoPNonceError(OAuth2Error):
    """The proof lacks a nonce of ours that is still valid (RFC 9449 section 8)."""

    error = "use_dpop_nonce"
    description = "Use the nonce of the DPoP-Nonce header and try again."


class InvalidAuthorizationDetailsError(OAuth2Error):
    """The authorization details are not ours or not allowed (RFC 9396 section 5)."""

    error = "invalid_authorization_details"


class TokenRefused(BankError):  # noqa: N818 - reads as the answer that it is
    """A resource was asked for without a living token and its proof.

    Attributes:
        error: the code of RFC 6750 section 3.1 or RFC 9449 section 7.1, or None if no
            token was presented at all.
    """

    kind = Kind.UNAUTHENTICATED

    def __init__(self, error: str | None, message: str) -> None:
        name = (error or "token_required").replace("_", "-")
        super().__init__(f"oauth.{name}", message)
        self.error = error
