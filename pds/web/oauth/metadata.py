"""What the server says of itself: RFC 8414 and RFC 9728 documents."""

from typing import Any

from consent import offer_details, rar
from consent.oauth.keys import ALGORITHMS
from pds.web.oauth.client import GRANT_TYPES, RESPONSE_TYPE
from pds.web.oauth.client_assertion import METHOD

DETAILS = (rar.TYPE, offer_details.TYPE)
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"


def server(issuer: str) -> dict[str, Any]:
    """Return the authorization server's metadata (RFC 8414 section 2)."""
    algorithms = list(ALGORITHMS)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "require_pushed_authorization_requests": True,
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "response_types_supported": [RESPONSE_TYPE],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [METHOD],
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": [METHOD],
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "dpop_signing_alg_values_supported": algorithms,
        "authorization_details_types_supported": list(DETAILS),
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["ja", "en"],
        "protected_resources": [f"{issuer}/api/v1"],
    }


def resource(issuer: str) -> dict[str, Any]:
    """Return the protected resource's metadata (RFC 9728 section 2)."""
    return {
        "resource": f"{issuer}/api/v1",
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "dpop_bound_access_tokens_required": True,
        "authorization_details_types_supported": list(DETAILS),
    }
