"""Client authentication with `private_key_jwt`, and with nothing else.

RFC 7523 as FAPI 2.0 section 5.3.2.1 and the successor of RFC 7523 narrow it: the
audience is the issuer, as one string, so that an assertion made for another server
cannot be used here; only the algorithms of this profile; each assertion once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, OAuth2Request
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion

from consent.oauth import lifetimes, replay
from consent.oauth.keys import PublicKey
from pds.core.clock import from_millis
from pds.web.oauth import jws
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient

METHOD = "private_key_jwt"
ASSERTION_TYPE = JWTBearerClientAssertion.CLIENT_ASSERTION_TYPE
_TYPES = (None, "JWT", "client-authentication+jwt")
_MAX_JTI = 256
_MAX_MOMENT = 1 << 37

QueryClient = Callable[[str], BankClient | None]


class PrivateKeyJwt(JWTBearerClientAssertion):
    """Authenticates a client by its signed assertion.

    Overrides Authlib's check altogether: that one takes an audience among several, an
    assertion for years, and a `client_id` that is not the assertion's.
    """

    CLIENT_AUTH_METHOD = METHOD  # type: ignore[misc] # Authlib means it to be set

    def __init__(self, issuer: str, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._issuer = issuer
        self._now = now

    def get_audiences(self) -> list[str]:
        """Return the one audience."""
        return [self._issuer]

    def __call__(self, query_client: QueryClient, request: OAuth2Request) -> BankClient:
        """Return the client; its assertion's mark is noted in the request.

        Raises:
            InvalidClientError: whatever is wrong; before the signature is checked it
                says no more than that.
        """
        assert isinstance(request, BankRequest)  # noqa: S101 - our server made it
        _refuse_other_methods(request)
        compact, header, claims = _read(request.parameters.get("client_assertion", ""))
        client = _client(query_client, claims.get("sub"))
        if client is None or not _is_signed(client, compact, header):
            raise _unknown()
        expires_at = self._check_claims(claims, request.parameters.get("client_id"))
        mark = replay.assertion_mark(claims["sub"], claims["jti"], expires_at)
        request.marks.append(mark)
        request.client = client
        return client

    def _check_claims(
        self, claims: Mapping[str, Any], form_client_id: str | None
    ) -> datetime:
        now = self._now()
        if claims.get("iss") != claims["sub"]:
            raise InvalidClientError("Issuer and subject must be the client.")
        if form_client_id not in (None, claims["sub"]):
            raise InvalidClientError("The client_id is not the assertion's.")
        if claims.get("aud") != self._issuer:
            raise InvalidClientError("The audience must be the issuer, as one string.")
        jti = claims.get("jti")
        if not _is_usable(jti):
            raise InvalidClientError("The assertion has no usable jti.")
        if any(
            _moment(claims.get(name, 0 if name == "nbf" else None))
            > now + lifetimes.CLOCK_AHEAD
            for name in ("iat", "nbf")
        ):
            raise InvalidClientError("The assertion is from the future.")
        expires_at = _moment(claims.get("exp"))
        if not now < expires_at <= now + lifetimes.ASSERTION_AHEAD:
            raise InvalidClientError("The assertion has expired or lasts too long.")
        return expires_at + lifetimes.CLOCK_AHEAD


def _is_usable(jti: object) -> bool:
    return isinstance(jti, str) and 0 < len(jti) <= _MAX_JTI and jti.isprintable()


def _refuse_other_methods(request: BankRequest) -> None:
    parameters = request.parameters
    if "client_secret" in parameters or "Authorization" in request.sent:
        raise InvalidClientError("Clients authenticate with private_key_jwt only.")
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClientError("Clients authenticate with private_key_jwt only.")


def _read(text: str) -> tuple[jws.Compact, dict[str, Any], dict[str, Any]]:
    try:
        compact = jws.split(text)
        header = jws.read_header(compact.header_part)
        claims = compact.payload()
    except jws.MalformedError as error:
        raise InvalidClientError("The assertion cannot be read.") from error
    if header.get("typ") not in _TYPES:
        raise InvalidClientError("The assertion is of another type.")
    return compact, header, claims


def _client(query_client: QueryClient, client_id: object) -> BankClient | None:
    found = query_client(client_id) if isinstance(client_id, str) else None
    return found if found is not None and found.record.is_active else None


def _is_signed(
    client: BankClient, compact: jws.Compact, header: Mapping[str, Any]
) -> bool:
    message, kid = compact.message, header.get("kid")

    def fits(key: PublicKey) -> bool:
        return kid is None or key.kid == kid

    return any(
        key.verifies(header["alg"], message, compact.signature)
        for key in client.record.public_keys()
        if fits(key)
    )


def _unknown() -> InvalidClientError:
    return InvalidClientError("The client is unknown or its signature is wrong.")


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidClientError("A time in the assertion is missing or no number.")
    if not 0 <= value < _MAX_MOMENT:
        raise InvalidClientError("A time in the assertion is out of range.")
    return from_millis(int(value * 1000))
