"""Tokens and codes: 32 random bytes for their bearer, a SHA-256 for the database."""

import base64
import binascii
from hashlib import sha256

TOKEN_SIZE = 32
_TEXT_SIZE = 43


def token_text(secret: bytes) -> str:
    """Return a token as its bearer carries it: base64url without padding."""
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")


def token_hash(secret: bytes) -> bytes:
    """Return what the database keeps of a token."""
    return sha256(secret).digest()


def hash_of_text(text: str) -> bytes | None:
    """Return the hash of a token as received, or None if it cannot be one.

    Only the canonical spelling is taken, so one token has one text.
    """
    if len(text) != _TEXT_SIZE or not text.isascii():
        return None
    try:
        secret = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return token_hash(secret) if token_text(secret) == text else None
