"""Keys and signed tokens: JWK (RFC 7517), thumbprint (RFC 7638), JWS (RFC 7515)."""

import base64
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from .errors import RecipientError


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64u_sha256(text: str) -> str:
    return b64u(hashlib.sha256(text.encode()).digest())


class SigningKey:
    """An ES256 key: its public JWK and the tokens that it signs."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        numbers = private.public_key().public_numbers()
        self.jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": b64u(numbers.x.to_bytes(32, "big")),
            "y": b64u(numbers.y.to_bytes(32, "big")),
        }
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":"))
        self.thumbprint = b64u_sha256(canonical)

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: str) -> "SigningKey":
        private = load_pem_private_key(pem.encode(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise RecipientError("The key is not an EC key.")
        return cls(private)

    def pem(self) -> str:
        return self._private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()

    def key_set(self) -> dict[str, Any]:
        """Return the public key as it is registered with the bank."""
        key = {**self.jwk, "kid": self.thumbprint, "alg": "ES256", "use": "sig"}
        return {"keys": [key]}

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Return a compact JWS."""
        parts = [json.dumps({"alg": "ES256", **header}), json.dumps(claims)]
        message = ".".join(b64u(part.encode()) for part in parts)
        der = self._private.sign(message.encode(), ec.ECDSA(SHA256()))
        r, s = utils.decode_dss_signature(der)
        return f"{message}.{b64u(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
