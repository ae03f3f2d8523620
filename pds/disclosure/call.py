"""Who calls, and what the gate answers."""

from dataclasses import dataclass
from uuid import UUID

from consent.oauth.replay import Mark
from consent.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call whose proof of possession was verified; nothing else is known of it yet.

    Attributes:
        token_hash: SHA-256 of the access token.
        thumbprint: thumbprint of the key that signed the proof.
        proof: the proof's mark; it is spent with the disclosure.
        request_id: id of this request.
        address: network address of the caller; goes into the sealed detail only.
        about: what the call is about beside the records, for the sealed detail: the
            view and its viewer; empty for a fetch.
    """

    token_hash: bytes
    thumbprint: bytes
    proof: Mark
    request_id: UUID
    address: str
    about: str = ""


@dataclass(frozen=True)
class Released:
    """An answer whose record is durable.

    Attributes:
        body: the bytes to send.
        body_sha256: their SHA-256.
        receipt: value of the header `Infobank-Receipt`.
    """

    body: bytes
    body_sha256: bytes
    receipt: str


@dataclass(frozen=True)
class Refused:
    """A denial, recorded; every reason that the engine found."""

    reasons: tuple[Reason, ...]
