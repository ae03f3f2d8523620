"""The server's DPoP nonce: stateless, the same on all workers (RFC 9449 section 8).

A nonce is an HMAC of its epoch, so no worker needs to remember any. The bytes are
fixed in `docs/formats/oauth.md` section 3.
"""

import hashlib
import hmac
from datetime import datetime

from consent.oauth import lifetimes
from consent.oauth.opaque import encode
from pds.core.clock import to_millis

SECRET_NAME = "dpop-nonce"  # noqa: S105 - the name of a secret, not a secret
"""Name of the shared secret in the key folder."""

_CONTEXT = b"infobank dpop-nonce v1\0"
_MAC_SIZE = 16
_EPOCH_MILLIS = int(lifetimes.NONCE_EPOCH.total_seconds() * 1000)


class ServerNonce:
    """Makes and checks nonces under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._made: dict[int, str] = {}

    def current(self, now: datetime) -> str:
        """Return the nonce of this moment's epoch."""
        return self._of(_epoch(now))

    def accepts(self, nonce: str, now: datetime) -> bool:
        """Say whether a nonce is of this epoch or of the one before."""
        epoch = _epoch(now)
        given = nonce.encode("utf-8", "replace")
        wanted = (self._of(one).encode() for one in (epoch, max(epoch - 1, 0)))
        return any(hmac.compare_digest(given, each) for each in wanted)

    def _of(self, epoch: int) -> str:
        made = self._made.get(epoch)
        if made is None:
            number = epoch.to_bytes(8)
            mac = hmac.digest(self._secret, _CONTEXT + number, hashlib.sha256)
            made = encode(number[4:] + mac[:_MAC_SIZE])
            # Two are in use at a time; a few more cover workers on the brink.
            self._made = {epoch: made, **dict(list(self._made.items())[:3])}
        return made


def _epoch(now: datetime) -> int:
    return to_millis(now) // _EPOCH_MILLIS
