"""DPoP proofs (RFC 9449): checked directly with `cryptography`.

A client's proofs all carry the same header, so the parsed header and its public key
are kept by the header's text: a repeated caller costs one signature check.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from consent.oauth import keys, lifetimes, replay
from consent.oauth.errors import InvalidKey
from consent.oauth.opaque import encode
from pds.core.clock import from_millis
from pds.web.oauth import jws
from pds.web.oauth.errors import InvalidDPoPProofError, UseDPoPNonceError
from pds.web.oauth.nonce import ServerNonce

HEADER = "DPoP"
_MAX_JTI = 256
_MAX_MOMENT = 1 << 37


@dataclass(frozen=True)
class Proof:
    """A proof that was checked.

    Attributes:
        thumbprint: of the key that made it, 32 bytes.
        mark: to be spent in the unit of work that the proof is used in.
    """

    thumbprint: bytes
    mark: replay.Mark


def check(
    text: str,
    *,
    method: str,
    uri: str,
    nonce: ServerNonce,
    now: datetime,
    access_token: str | None = None,
) -> Proof:
    """Check a proof by every rule of RFC 9449 section 4.3 except its single use.

    The address is the one configured, without query, never taken from `Host`; at a
    resource the access token presented with the proof is given as well.

    Raises:
        InvalidDPoPProofError: the proof is malformed, wrong, or for something else.
        UseDPoPNonceError: it is right but for the nonce.
    """
    try:
        compact = jws.split(text)
        key, alg = _read_header(compact.header_part)
        claims = compact.payload()
    except (jws.MalformedError, InvalidKey) as error:
        raise InvalidDPoPProofError("The DPoP proof cannot be read.") from error
    if not key.verifies(alg, compact.message, compact.signature):
        raise InvalidDPoPProofError("The DPoP proof is not signed by its key.")
    _check_target(claims, method, uri, access_token)
    issued_at = _check_times(claims, now)
    given = claims.get("nonce")
    if not isinstance(given, str) or not nonce.accepts(given, now):
        raise UseDPoPNonceError
    over_at = issued_at + lifetimes.PROOF_AGE + lifetimes.CLOCK_AHEAD
    return Proof(
        key.thumbprint, replay.proof_mark(key.thumbprint, _jti(claims), over_at)
    )


@lru_cache(maxsize=4096)
def _read_header(part: str) -> tuple[keys.PublicKey, str]:
    header = jws.read_header(part)
    jwk, alg = header.get("jwk"), header["alg"]
    if header.get("typ") != "dpop+jwt" or not isinstance(jwk, dict):
        raise jws.MalformedError("Not a DPoP proof.")
    return keys.read(jwk), alg


def _check_target(
    claims: Mapping[str, Any], method: str, uri: str, access_token: str | None
) -> None:
    if claims.get("htm") != method:
        raise InvalidDPoPProofError("The DPoP proof is for another method.")
    if not _is_same_address(claims.get("htu"), uri):
        raise InvalidDPoPProofError("The DPoP proof is for another address.")
    if access_token is None:
        return
    digest = hashlib.sha256(access_token.encode()).digest()
    if claims.get("ath") != encode(digest):
        raise InvalidDPoPProofError("The DPoP proof is for another token.")


def _is_same_address(given: object, uri: str) -> bool:
    if not isinstance(given, str):
        return False
    bare = given.partition("#")[0].partition("?")[0]
    return bare == uri or _normal(bare) == _normal(uri)


def _normal(address: str) -> tuple[str, str | None, int | None, str] | None:
    """Return an address by RFC 3986 section 6.2.2/3; None if it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if parts.username is not None:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    issued_at = _moment(claims.get("iat"))
    if issued_at > now + lifetimes.CLOCK_AHEAD or issued_at < now - lifetimes.PROOF_AGE:
        raise InvalidDPoPProofError("The DPoP proof is too old or from the future.")
    if "nbf" in claims and _moment(claims["nbf"]) > now + lifetimes.CLOCK_AHEAD:
        raise InvalidDPoPProofError("The DPoP proof is not valid yet.")
    if "exp" in claims and _moment(claims["exp"]) <= now:
        raise InvalidDPoPProofError("The DPoP proof has expired.")
    _jti(claims)
    return issued_at


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidDPoPProofError("A time in the DPoP proof is not a number.")
    if not 0 <= value < _MAX_MOMENT:
        raise InvalidDPoPProofError("A time in the DPoP proof is out of range.")
    return from_millis(int(value * 1000))


def _jti(claims: Mapping[str, Any]) -> str:
    jti = claims.get("jti")
    if (
        not isinstance(jti, str)
        or not 0 < len(jti) <= _MAX_JTI
        or not jti.isprintable()
    ):
        raise InvalidDPoPProofError("The DPoP proof has no usable jti.")
    return jti
