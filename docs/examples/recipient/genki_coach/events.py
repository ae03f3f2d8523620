"""What the bank tells us by itself: read, checked, acknowledged, done once.

An event is a compact JWS (RFC 7515) under the key that the bank publishes. It may come
again, since the bank sends it until it is acknowledged: what was done is remembered by
its id, and a repeat is acknowledged without being done again.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import RecipientError

TYP = "infobank-event+jwt"
VERSION = 1
LONGEST = 20_000
ENDED = frozenset(
    {
        "consent.withdrawn",
        "consent.revoked",
        "consent.expired",
        "consent.invalidated",
    }
)
"""Events after which data has to go, as the consent says."""


@dataclass
class Events:
    """The events of one bank for one client.

    Attributes:
        keys: returns the keys that the bank publishes.
        issuer: the bank.
        client_id: us.
        seen: ids of what was done; a service in earnest keeps them in its database.
        ended: consents that are over.
    """

    keys: Callable[[], list[dict[str, Any]]]
    issuer: str
    client_id: str
    seen: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def take(self, signed: str) -> dict[str, str]:
        """Take an event; return what acknowledges it.

        Raises:
            RecipientError: it is not the bank's, or not for us. Nothing was done.
        """
        claims = read(signed, self.keys())
        if (claims["iss"], claims["aud"]) != (self.issuer, self.client_id):
            raise RecipientError("The event is not for us.")
        if claims["v"] != VERSION:
            raise RecipientError("The event is of another version.")
        with self._lock:
            if claims["jti"] not in self.seen:
                self.seen[claims["jti"]] = claims["event"]
                if claims["event"] in ENDED:
                    self.ended.add(claims["consent_id"])
        return {"ack": claims["jti"]}


def read(signed: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the claims of an event.

    Raises:
        RecipientError: no key of the bank signed it.
    """
    try:
        head, payload, signature = signed.split(".")
        header = json.loads(_decoded(head))
        if len(signed) > LONGEST or (header["alg"], header["typ"]) != ("EdDSA", TYP):
            raise RecipientError("This is no event.")
        (key,) = [each for each in keys if each["kid"] == header["kid"]]
        public = Ed25519PublicKey.from_public_bytes(_decoded(key["x"]))
        public.verify(_decoded(signature), f"{head}.{payload}".encode())
        claims: dict[str, Any] = json.loads(_decoded(payload))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise RecipientError("The bank did not sign this.") from None
    return claims


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
