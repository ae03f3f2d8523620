"""Opaque secrets: 32 random bytes, shown as base64url, stored as SHA-256.

The format is fixed in `docs/formats/oauth.md` section 1. Codes, tokens and the tail of
a `request_uri` are all of this kind. Nothing can be read from one; whoever holds the
database holds only digests (FAPI 2.0 section 5.4.1).
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

from pds.core.ids import Ids

SIZE = 32
"""Bytes of a secret: 256 bits, twice what FAPI 2.0 asks for."""

_LETTERS = 43
_REQUEST_URI = "urn:ietf:params:oauth:request_uri:"


def encode(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url; anything else is a ValueError.

    Only the one canonical spelling is accepted, so a secret cannot be written in two
    ways: standard decoders ignore stray letters and the unused bits at the end.
    """
    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except UnicodeEncodeError as error:
        raise ValueError("Base64url is ASCII.") from error
    if encode(data) != text:
        raise ValueError("This is not the canonical base64url of anything.")
    return data


def make(ids: Ids) -> tuple[str, bytes]:
    """Return a fresh secret: the text to hand out and the digest to store."""
    secret = ids.secret(SIZE)
    return encode(secret), hashlib.sha256(secret).digest()


def digest(text: str) -> bytes | None:
    """Return the digest under which a presented secret is stored.

    Returns None for text that cannot be a secret of ours; nothing is looked up then.
    """
    if len(text) != _LETTERS:
        return None
    try:
        return hashlib.sha256(decode(text)).digest()
    except ValueError:
        return None


def request_uri(text: str) -> str:
    """Return the `request_uri` of a pushed request (RFC 9126 section 2.2)."""
    return _REQUEST_URI + text


def request_digest(uri: str) -> bytes | None:
    """Return the digest of a presented `request_uri`, None if it is none of ours."""
    if not uri.startswith(_REQUEST_URI):
        return None
    return digest(uri.removeprefix(_REQUEST_URI))
