"""Statements of the bank: compact JWS (RFC 7515) that anybody can check without it.

One Ed25519 key signs every kind of statement; the header's `typ` keeps the kinds
apart (RFC 8725, section 3.11), so that one cannot be passed off as another.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import EdDSAAlgorithm
from joserfc.jwk import OKPKey
from joserfc.registry import Header

from pds.core.errors import Invalid

ALG = "EdDSA"
SECRET_NAME = "consent-receipt"  # noqa: S105 - the name of a secret, not a secret
"""Under which the key provider keeps the seed; receipts were the first statements."""
LONGEST = 200_000
"""Characters of the longest statement that is read."""
_SIGNATURE = 64
"""Bytes of an Ed25519 signature."""


class _Algorithm(EdDSAAlgorithm):
    # RFC 9864 prefers the name Ed25519, which few verifiers know; the key says that
    # it is Ed25519 and no other is taken.
    security_warning = ""


class StatementKey:
    """The bank's key for statements.

    Args:
        seed: the 32 secret bytes of Ed25519.
    """

    def __init__(self, seed: bytes) -> None:
        self._key = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        return self._key.thumbprint()

    @property
    def public(self) -> dict[str, Any]:
        """The public key as a JWK, to be published."""
        return {**self._key.as_dict(private=False), "kid": self.kid}

    def sign(self, typ: str, payload: bytes) -> str:
        """Return the compact JWS of a payload of a kind."""
        header: Header = {"alg": ALG, "kid": self.kid, "typ": typ}
        return jws.serialize_compact(header, payload, self._key, registry=_registry())


def open_statement(text: str, typ: str, public: Mapping[str, Any]) -> bytes:
    """Return the payload of a statement of a kind, signed by a key.

    Raises:
        Invalid: `crypto.statement`, whatever is wrong.
    """
    try:
        return _open(text, typ, public)
    except (JoseError, KeyError, TypeError, ValueError):
        raise Invalid("crypto.statement", "The statement is not sound.") from None


def named_signer(text: str, typ: str) -> str:
    """Return the id of the key that a statement names, its signature unchecked.

    Raises:
        Invalid: `crypto.statement`; it has not the form of such a statement.
    """
    try:
        return _named_signer(text, typ)
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Invalid("crypto.statement", "This is no such statement.") from None


def _named_signer(text: str, typ: str) -> str:
    if len(text) > LONGEST:
        raise ValueError("The statement is too long.")
    header, _payload, signature = (_decoded(part) for part in text.split("."))
    said = json.loads(header)
    if (said["alg"], said["typ"], len(signature)) != (ALG, typ, _SIGNATURE):
        raise ValueError("The header is not that of such a statement.")
    return str(said["kid"])


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), b"-_", validate=True)


def _open(text: str, typ: str, public: Mapping[str, Any]) -> bytes:
    if len(text) > LONGEST:
        raise ValueError("The statement is too long.")
    key = OKPKey.import_key(dict(public))
    if key.curve_name != "Ed25519":
        raise ValueError("The key is not Ed25519.")
    found = jws.deserialize_compact(text, key, registry=_registry())
    if found.headers() != {"alg": ALG, "kid": key.thumbprint(), "typ": typ}:
        raise ValueError("The header is not that of such a statement.")
    return found.payload


def _registry() -> jws.JWSRegistry:
    registry = jws.JWSRegistry(algorithms=[ALG])
    registry.algorithms = {ALG: _Algorithm()}
    registry.max_payload_length = LONGEST
    return registry
