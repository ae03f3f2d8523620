"""The recipient's side: a key and DPoP proofs, made before the clock runs."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from consent.oauth import keys
from pds.core.ids import Ids

_COORDINATE = 32
_ES256 = ec.ECDSA(hashes.SHA256())


class Prover:
    """Signs proofs with one P-256 key (RFC 9449 section 4.2).

    Attributes:
        thumbprint: of the key, as tokens are bound to it.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": _text(point.x.to_bytes(_COORDINATE)),
            "y": _text(point.y.to_bytes(_COORDINATE)),
        }
        self.thumbprint = keys.read(jwk).thumbprint
        self._header = _part({"alg": "ES256", "jwk": jwk, "typ": "dpop+jwt"})

    def proof(self, uri: str, token: str, nonce: str | None, now: datetime) -> str:
        """Return a proof for one GET; without a nonce the server will offer one."""
        claims: dict[str, object] = {
            "ath": _text(hashlib.sha256(token.encode()).digest()),
            "htm": "GET",
            "htu": uri,
            "iat": int(now.timestamp()),
            "jti": _text(self._ids.secret(16)),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        message = f"{self._header}.{_part(claims)}"
        r, s = decode_dss_signature(self._key.sign(message.encode(), _ES256))
        signature = r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)
        return f"{message}.{_text(signature)}"


def _part(value: object) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
