"""Compact JSON Web Signatures, read strictly (RFC 7515 section 7.1).

Only what this profile needs: three base64url parts of limited size, a header object
without `crit`, a payload object. Unknown header members are ignored, as section 4
demands; nothing in a header is ever followed, not even a key, except by `dpop`.
"""

import json
from dataclasses import dataclass
from typing import Any

from consent.oauth.opaque import decode

MAX_SIZE = 8_192
"""Characters of a whole token; a proof with an RSA key of 8,192 bits fits."""

MAX_HEADER = 4_096
"""Characters of the encoded header."""

_PARTS = 3


class MalformedError(ValueError):
    """The text is not a compact JWS as this profile reads it."""


@dataclass(frozen=True)
class Compact:
    """A compact JWS, split and decoded, its signature not yet checked."""

    header_part: str
    payload_part: str
    signature: bytes

    @property
    def message(self) -> bytes:
        """The bytes that were signed."""
        return f"{self.header_part}.{self.payload_part}".encode("ascii")

    def payload(self) -> dict[str, Any]:
        """Return the payload's object."""
        return _object(self.payload_part)


def split(text: str) -> Compact:
    """Split a compact JWS.

    Raises:
        MalformedError: it has other parts, or is too long.
    """
    parts = text.split(".")
    if len(text) > MAX_SIZE or len(parts) != _PARTS or not text.isascii():
        raise MalformedError("Not a compact JWS.")
    if len(parts[0]) > MAX_HEADER:
        raise MalformedError("The header is too long.")
    return Compact(parts[0], parts[1], _bytes(parts[2]))


def read_header(part: str) -> dict[str, Any]:
    """Return the header's object.

    Raises:
        MalformedError: it is no object, or demands an extension (`crit`).
    """
    header = _object(part)
    if "crit" in header or not isinstance(header.get("alg"), str):
        raise MalformedError("The header is not one of this profile.")
    return header


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part))
    except (ValueError, RecursionError) as error:
        raise MalformedError("Not JSON.") from error
    if not isinstance(value, dict):
        raise MalformedError("Not an object.")
    return value


def _bytes(part: str) -> bytes:
    try:
        return decode(part)
    except ValueError as error:
        raise MalformedError("Not base64url.") from error
