"""Registering the software of a recipient: keys in, record in the log."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.work import Work
from consent import recipients
from consent.oauth import clients
from consent.oauth.errors import InvalidClient
from consent.policy import record_policy
from pds.core.errors import Conflict
from pds.core.ids import RecipientId


def register(
    work: Work,
    recipient_id: RecipientId,
    *,
    client_id: str,
    jwks: Mapping[str, Any],
    redirect_uris: Sequence[str],
    purposes: Sequence[str],
    categories: Sequence[str],
    actor: str,
    allow_loopback: bool,
) -> None:
    """Register a client of a recipient and record it.

    Raises:
        NotFound: `recipient.unknown`.
        Conflict: `client.known`; the id is taken.
        InvalidClient: an address, a cap or the key set breaks a rule.
        InvalidKey: a key is private, weak or of another kind.
    """
    recipients.get(work, recipient_id)
    if clients.find(work, client_id) is not None:
        raise Conflict("client.known", "The client's id is taken.")
    clients.register(
        work,
        client_id=client_id,
        recipient_id=recipient_id,
        jwks=jwks,
        redirect_uris=redirect_uris,
        purposes=purposes,
        categories=categories,
        allow_loopback=allow_loopback,
    )
    _record(work, "registered", actor, recipient_id, client_id)


def replace_keys(
    work: Work,
    recipient_id: RecipientId,
    client_id: str,
    jwks: Mapping[str, Any],
    *,
    actor: str,
) -> None:
    """Give a client other keys and record it.

    Raises:
        InvalidClient: the client is not this recipient's, or the set breaks a rule.
        InvalidKey: a key is private, weak or of another kind.
    """
    known = {each.client_id for each in clients.of_recipient(work, recipient_id)}
    if client_id not in known:
        raise InvalidClient("oauth.unknown-client", "There is no such client.")
    clients.replace_keys(work, client_id, jwks)
    _record(work, "keys-replaced", actor, recipient_id, client_id)


def set_callback(
    work: Work,
    recipient_id: RecipientId,
    client_id: str,
    address: str | None,
    *,
    actor: str,
    allow_loopback: bool,
) -> None:
    """Say where a client is told what ends or changes, and record it.

    What waits for the client goes there from now on.

    Raises:
        InvalidClient: the client is not this recipient's, or it is no https address.
    """
    known = {each.client_id for each in clients.of_recipient(work, recipient_id)}
    if client_id not in known:
        raise InvalidClient("oauth.unknown-client", "There is no such client.")
    clients.set_callback(work, client_id, address, allow_loopback=allow_loopback)
    _record(work, "callback-set", actor, recipient_id, client_id)


def _record(
    work: Work, action: str, actor: str, recipient_id: str, client_id: str
) -> None:
    record_policy(
        work,
        f"client.{action}",
        actor=actor,
        recipient_id=recipient_id,
        about=client_id,
    )
