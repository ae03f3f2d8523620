"""Statements of recipients: compact JWS by a key that a client registered.

The header's `typ` keeps kinds of statements apart from each other and from the client's
assertions and proofs (RFC 8725 section 3.11), so that none is passed off as another.
"""

import json
from collections.abc import Iterable
from typing import Final

from consent.oauth import clients
from consent.oauth.keys import PublicKey
from consent.oauth.opaque import decode, encode
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import RecipientId

LONGEST: Final = 20_000
"""Characters of the longest statement that is read."""
_PARTS: Final = 3


def open_statement(
    snap: Snapshot, recipient_id: RecipientId, text: str, typ: str
) -> tuple[bytes, str]:
    """Return payload and the key's thumbprint of a statement of a recipient.

    Any key of an active client of the recipient may sign.

    Raises:
        Invalid: `statement.unsound`, whatever is wrong.
    """
    known = [
        key
        for each in clients.of_recipient(snap, recipient_id)
        if each.is_active
        for key in each.public_keys()
    ]
    try:
        return _open(text.strip(), typ, known)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("statement.unsound", "The statement is not sound.") from None


def _open(text: str, typ: str, known: Iterable[PublicKey]) -> tuple[bytes, str]:
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != _PARTS:
        raise ValueError("This is no compact JWS.")
    header = json.loads(decode(parts[0]))
    if not set(header) <= {"alg", "typ", "kid"} or header["typ"] != typ:
        raise ValueError("The header is not that of such a statement.")
    message = f"{parts[0]}.{parts[1]}".encode("ascii")
    signature = decode(parts[2])
    for key in known:
        if key.verifies(header["alg"], message, signature):
            return decode(parts[1]), encode(key.thumbprint)
    raise ValueError("No key of the recipient signed this.")
