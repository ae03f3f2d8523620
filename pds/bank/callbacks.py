"""Signed events for recipients: made, sent to their address, acknowledged.

The event is a compact JWS under the bank's statement key (`docs/formats/events.md`). An
answer counts only if it is of 2xx and names the very message: `{"ack": ID}` as JSON, or
a JWS of the client that says the same. Anything else, such as a page that says "OK" or
the acknowledgement of another message, counts as none, and the event is sent again.
"""

import json
from http.client import HTTPException
from typing import Any, Final

from audit.canonical import canonical
from consent.oauth import clients, statements
from consent.outbox import Entered
from pds.bank.outward import ForbiddenAddress, Outward
from pds.bank.posting import Answer
from pds.core.clock import to_millis
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.crypto.statement import StatementKey

TYP: Final = "infobank-event+jwt"
"""`typ` of events."""
ACK_TYP: Final = "infobank-ack+jwt"
"""`typ` of acknowledgements that a client signs."""
_KIND: Final = "application/jwt"
_GOOD: Final = range(200, 300)


class CallbackFailed(Exception):  # noqa: N818 - what happened
    """It was not told; `code` says why, in words of `pds.web.message_words`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def event(
    key: StatementKey, issuer: str, audience: str, found: Entered, said: Any
) -> str:
    """Return the signed event: the same bytes in every attempt.

    Args:
        key: the bank's statement key.
        issuer: the bank.
        audience: the client that is told.
        found: the row, whose id is the id of the message.
        said: its content.
    """
    claims = {
        **said,
        "aud": audience,
        "iat": to_millis(found.put_at) // 1000,
        "iss": issuer,
        "jti": str(found.outbox_id),
    }
    return key.sign(TYP, canonical(claims))


def target(snap: Snapshot, found: Entered) -> tuple[str, str]:
    """Return the client that is told, and its address as it is now.

    Raises:
        CallbackFailed: `callback.none`; none of the recipient's software has one.
    """
    recipient_id = found.recipient_id
    known = [] if recipient_id is None else clients.of_recipient(snap, recipient_id)
    told = [each for each in known if each.is_active and each.callback_url]
    named = [each for each in told if each.client_id == found.client_id]
    for each in named or told:
        if each.callback_url is not None:
            return each.client_id, each.callback_url
    raise CallbackFailed("callback.none")


def send(outward: Outward, url: str, signed: str) -> Answer:
    """Send an event.

    Raises:
        CallbackFailed: `callback.address`, `callback.unreachable`, or
            `callback.refused`; the answer is not of 2xx.
    """
    try:
        answer = outward.post(url, signed.encode("ascii"), _KIND)
    except ForbiddenAddress:
        raise CallbackFailed("callback.address") from None
    except (OSError, HTTPException, ValueError):
        raise CallbackFailed("callback.unreachable") from None
    if answer.status not in _GOOD:
        raise CallbackFailed("callback.refused")
    return answer


def require_acknowledged(
    snap: Snapshot, issuer: str, client_id: str, found: Entered, answer: Answer
) -> None:
    """Refuse an answer that does not acknowledge this very message.

    Raises:
        CallbackFailed: `callback.not-acknowledged`.
    """
    try:
        said = _acknowledgement(snap, issuer, client_id, found, answer)
        is_ours = said == str(found.outbox_id)
    except (
        Invalid,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ):
        is_ours = False
    if not is_ours:
        raise CallbackFailed("callback.not-acknowledged")


def _acknowledgement(
    snap: Snapshot, issuer: str, client_id: str, found: Entered, answer: Answer
) -> object:
    if answer.kind != _KIND:
        return json.loads(answer.body)["ack"]
    if found.recipient_id is None:
        raise KeyError(client_id)
    payload, _thumbprint = statements.open_statement(
        snap, found.recipient_id, answer.body.decode("ascii"), ACK_TYP
    )
    claims: Any = json.loads(payload)
    if (claims["iss"], claims["aud"]) != (client_id, issuer):
        raise ValueError("Another's acknowledgement.")
    return claims["ack"]
