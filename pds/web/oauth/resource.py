"""A token presented at a resource, with the proof that its holder made for the request.

Used by the disclosure API. Only the proof is checked here; what the token is worth is
decided, and its refusal recorded, in `pds.disclosure`, which also spends the mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Request, Response, g

from consent.oauth import keys, opaque
from consent.oauth.replay import Mark
from pds.web.oauth import dpop, metadata
from pds.web.oauth.errors import (
    InvalidDPoPProofError,
    TokenRefused,
    UseDPoPNonceError,
)
from pds.web.oauth.nonce import ServerNonce

_SCHEME = "dpop"
_MAX_PARTS = 2


@dataclass(frozen=True)
class Presented:
    """A token and who holds it; whether it is alive is not known yet.

    Attributes:
        token_hash: digest of the token.
        thumbprint: of the key that made the proof, 32 bytes; the token must be bound
            to it.
        mark: the proof's, to be spent in the transaction that uses the token.
    """

    token_hash: bytes
    thumbprint: bytes
    mark: Mark


def present(
    request: Request, *, issuer: str, nonce: ServerNonce, now: datetime
) -> Presented:
    """Check that a request presents one token and a good proof for it.

    Addresses are built from the configured issuer; `Host` is never looked at.

    Raises:
        TokenRefused: with the error code that the answer names.
    """
    g.dpop_was_used = True
    text = _token(request.headers.getlist("Authorization"))
    proofs = request.headers.getlist(dpop.HEADER)
    if len(proofs) != 1:
        raise TokenRefused("invalid_dpop_proof", "Exactly one DPoP proof is required.")
    try:
        proof = dpop.check(
            proofs[0],
            method=request.method,
            uri=issuer + request.path,
            nonce=nonce,
            now=now,
            access_token=text,
        )
    except (InvalidDPoPProofError, UseDPoPNonceError) as error:
        raise TokenRefused(str(error.error), "The DPoP proof is not right.") from error
    digest = opaque.digest(text)
    if digest is None:
        raise unusable()
    return Presented(digest, proof.thumbprint, proof.mark)


def unusable() -> TokenRefused:
    """Return the error for a token that is unknown, over, or bound to another key."""
    return TokenRefused("invalid_token", "The token is unknown, over or not yours.")


def replayed() -> TokenRefused:
    """Return the error for a proof whose mark was spent before."""
    return TokenRefused("invalid_dpop_proof", "The DPoP proof was used before.")


def challenge(error: str | None, issuer: str) -> str:
    """Return the `WWW-Authenticate` value (RFC 9449 section 7.1, RFC 9728 5.1)."""
    parts = [f'algs="{" ".join(keys.ALGORITHMS)}"']
    if error is not None:
        parts.insert(0, f'error="{error}"')
    parts.append(f'resource_metadata="{issuer}{metadata.RESOURCE_METADATA}"')
    return "DPoP " + ", ".join(parts)


def add_nonce(response: Response, nonce: str) -> Response:
    """Offer the next nonce on an answer to a request that presented a proof."""
    response.headers["DPoP-Nonce"] = nonce
    return response


def _token(headers: Sequence[str]) -> str:
    if not headers:
        raise TokenRefused(None, "No token was presented.")
    parts = headers[0].split(" ")
    if (
        len(headers) != 1
        or len(parts) != _MAX_PARTS
        or parts[0].lower() != _SCHEME
        or not parts[1]
    ):
        raise TokenRefused("invalid_token", "The token is not presented by DPoP.")
    return parts[1]
