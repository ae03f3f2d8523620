"""Public keys of recipients: reading a JSON Web Key, its thumbprint, checking.

A pure module. Three kinds of key are taken, each with one signature scheme, as
FAPI 2.0 section 5.4 lists them: EC P-256 (ES256), RSA of at least 2,048 bits (PS256)
and Ed25519 (EdDSA, also called Ed25519 since RFC 9864). The algorithm follows from the
key, so a header cannot talk a verifier into another one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from consent.oauth.errors import InvalidKey
from consent.oauth.opaque import decode

ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")
"""What a recipient may sign with."""

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS = range(2048, 8193)
_MIN_EXPONENT = 65537
_COORDINATE = 32
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
_ECDSA = ec.ECDSA(SHA256())

_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}

Key = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True)
class PublicKey:
    """A recipient's public key.

    Attributes:
        thumbprint: SHA-256 thumbprint, 32 bytes (RFC 7638).
        kid: the name that its owner gave it, if any.
        algorithms: the names of the one scheme that it may be used with.
    """

    key: Key
    thumbprint: bytes
    algorithms: tuple[str, ...]
    kid: str | None = None

    def verifies(self, alg: str, message: bytes, signature: bytes) -> bool:
        """Say whether this signature is by this key, under this algorithm's name."""
        if alg not in self.algorithms:
            return False
        try:
            self._verify(message, signature)
        except InvalidSignature:
            return False
        return True

    def _verify(self, message: bytes, signature: bytes) -> None:
        if isinstance(self.key, ed25519.Ed25519PublicKey):
            self.key.verify(signature, message)
        elif isinstance(self.key, rsa.RSAPublicKey):
            self.key.verify(signature, message, _PSS, SHA256())
        else:
            self.key.verify(_der(signature), message, _ECDSA)


def read(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the public key of a JSON Web Key.

    Raises:
        InvalidKey: for a private or symmetric key, an unknown type or curve, a weak
            key, or members that are not the one canonical spelling (RFC 7638 would
            give such a key a second thumbprint).
    """
    if not _PRIVATE.isdisjoint(jwk):
        raise InvalidKey("oauth.private-key", "A public key holds no secret.")
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise InvalidKey("oauth.bad-key", "A key's name is text.")
    try:
        key, algorithms = _load(jwk)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidKey("oauth.bad-key", "The key cannot be read.") from error
    if jwk.get("alg", algorithms[0]) not in algorithms:
        raise InvalidKey("oauth.bad-key", "The key's algorithm is not its own.")
    return PublicKey(key, _thumbprint(jwk), algorithms, kid)


def _load(jwk: Mapping[str, Any]) -> tuple[Key, tuple[str, ...]]:
    match jwk["kty"], jwk.get("crv"):
        case "EC", "P-256":
            x, y = _coordinate(jwk["x"]), _coordinate(jwk["y"])
            point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
            return point.public_key(), ("ES256",)
        case "OKP", "Ed25519":
            return (
                ed25519.Ed25519PublicKey.from_public_bytes(decode(jwk["x"])),
                ("EdDSA", "Ed25519"),
            )
        case "RSA", None:
            numbers = rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"]))
            return _strong(numbers), ("PS256",)
    raise ValueError("This kind of key is not taken.")


def _strong(numbers: rsa.RSAPublicNumbers) -> rsa.RSAPublicKey:
    if numbers.n.bit_length() not in _RSA_BITS or numbers.e < _MIN_EXPONENT:
        raise ValueError("The RSA key is too small or too large.")
    return numbers.public_key()


def _coordinate(text: str) -> int:
    data = decode(text)
    if len(data) != _COORDINATE:
        raise ValueError("A coordinate of P-256 has 32 bytes.")
    return int.from_bytes(data)


def _number(text: str) -> int:
    data = decode(text)
    if not data or data[0] == 0:
        raise ValueError("A number is written without leading zeros.")
    return int.from_bytes(data)


def _thumbprint(jwk: Mapping[str, Any]) -> bytes:
    members = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _der(signature: bytes) -> bytes:
    if len(signature) != 2 * _COORDINATE:
        raise InvalidSignature
    r, s = signature[:_COORDINATE], signature[_COORDINATE:]
    return utils.encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
