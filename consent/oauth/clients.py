"""OAuth clients: the software of a recipient, its keys and what it may ever ask.

A client belongs to one recipient organisation, has only public keys here, and is
registered by the operator; there is no open registration (FAPI 2.0 5.3.2.1-3).
Whether the *organisation* is in good standing is the consent engine's question;
this module only knows whether its software may speak.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, insert, select, update

from audit.work import Work
from consent import recipients
from consent.oauth import keys
from consent.oauth.errors import InvalidClient
from consent.oauth.tables import client as table
from pds.core.database import Snapshot
from pds.core.ids import RecipientId

_MAX_KEYS = 10
_MAX_ADDRESSES = 10
_MAX_LENGTH = 2_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", re.ASCII)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ClientState(StrEnum):
    """Whether a client may speak."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True)
class Client:
    """A registered client.

    Attributes:
        purposes: ids of purposes that it may ask for.
        categories: category ids or prefixes that it may ask for.
        fence: counts changes; a disclosure that saw another number starts again.
        callback_url: where it is told what ends or changes; None if it has not said.
    """

    client_id: str
    recipient_id: RecipientId
    jwks: str
    redirect_uris: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    state: ClientState
    fence: int
    callback_url: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it may speak at all."""
        return self.state is ClientState.ACTIVE

    def public_keys(self) -> tuple[keys.PublicKey, ...]:
        """Return its public keys."""
        return _read_keys(self.jwks)

    def may_ask(self, purpose: str, categories: Sequence[str]) -> bool:
        """Say whether purpose and categories lie within its registered caps."""
        return purpose in self.purposes and all(
            any(is_within(wanted, cap) for cap in self.categories)
            for wanted in categories
        )


def is_within(category: str, cap: str) -> bool:
    """Say whether a category or prefix lies at or below a cap, by whole segments."""
    return category == cap or category.startswith(cap + ".")


def register(
    work: Work,
    *,
    client_id: str,
    recipient_id: RecipientId,
    jwks: Mapping[str, Any],
    redirect_uris: Sequence[str],
    purposes: Sequence[str],
    categories: Sequence[str],
    allow_loopback: bool = False,
) -> Client:
    """Register a client of a recipient; whoever orders it records it in the log.

    Plain http to this machine is accepted as a redirect address with
    `allow_loopback`, which only a bank whose own issuer is on localhost may set.

    Raises:
        InvalidClient: no usable key, a redirect address that is not an exact https
            address, or an empty cap.
        InvalidKey: a key is private, weak or of another kind.
    """
    text = check_jwks(jwks)
    for address in redirect_uris:
        _check_address(address, allow_loopback=allow_loopback)
    if not _ID.match(client_id):
        raise InvalidClient("oauth.bad-client", "A client's id is short plain text.")
    if not 0 < len(redirect_uris) <= _MAX_ADDRESSES or not purposes or not categories:
        raise InvalidClient("oauth.bad-client", "Addresses and caps are required.")
    work.connection.execute(
        insert(table).values(
            client_id=client_id,
            recipient_id=recipient_id,
            jwks=text,
            redirect_uris=json.dumps(list(redirect_uris)),
            purposes=json.dumps(sorted(purposes)),
            categories=json.dumps(sorted(categories)),
            state=ClientState.ACTIVE,
            fence=0,
            created_at=work.now,
        )
    )
    found = find(work, client_id)
    assert found is not None  # noqa: S101 - inserted by the statement above
    return found


def check_jwks(jwks: Mapping[str, Any]) -> str:
    """Return a key set as stored, after reading every key of it.

    Raises:
        InvalidClient: the set is empty, too long, or names two keys alike.
        InvalidKey: a key is not one of this profile.
    """
    members = jwks.get("keys")
    if not isinstance(members, list) or not 0 < len(members) <= _MAX_KEYS:
        raise InvalidClient("oauth.bad-jwks", "A key set holds one to ten keys.")
    if not all(isinstance(member, dict) for member in members):
        raise InvalidClient("oauth.bad-jwks", "A key is an object.")
    names = [keys.read(member).kid for member in members]
    if len(set(names)) != len(names):
        raise InvalidClient("oauth.bad-jwks", "Two keys have the same name.")
    return json.dumps({"keys": members}, sort_keys=True, separators=(",", ":"))


def replace_keys(work: Work, client_id: str, jwks: Mapping[str, Any]) -> None:
    """Give a client a new key set; assertions under the old keys fail from now on."""
    _change(work, client_id, jwks=check_jwks(jwks))


def set_state(work: Work, client_id: str, state: ClientState) -> None:
    """Suspend, restore or end a client; it bites on the client's next request."""
    _change(work, client_id, state=state)


def set_callback(
    work: Work, client_id: str, address: str | None, *, allow_loopback: bool = False
) -> None:
    """Say where a client is told what ends or changes, or that it is told nowhere.

    Raises:
        InvalidClient: `oauth.bad-callback`, no exact https address;
            `oauth.unknown-client`.
    """
    if address is not None:
        try:
            _check_address(address, allow_loopback=allow_loopback)
        except InvalidClient:
            raise InvalidClient(
                "oauth.bad-callback", "It is not an exact https address."
            ) from None
    _change(work, client_id, callback_url=address)


def _change(work: Work, client_id: str, **values: str | None) -> None:
    changed = work.connection.execute(
        update(table)
        .where(table.c.client_id == client_id)
        .values(fence=table.c.fence + 1, **values)
        .returning(table.c.recipient_id)
    ).scalar_one_or_none()
    if changed is None:
        raise InvalidClient("oauth.unknown-client", "There is no such client.")
    recipients.touch(work, RecipientId(changed))


def find(snap: Snapshot, client_id: str) -> Client | None:
    """Return a client by its id, whatever its state."""
    if not _ID.match(client_id):
        return None
    row = snap.connection.execute(
        select(table).where(table.c.client_id == client_id)
    ).one_or_none()
    return None if row is None else _client(row)


def of_recipient(snap: Snapshot, recipient_id: RecipientId) -> list[Client]:
    """Return the clients of a recipient, by id."""
    rows = snap.connection.execute(
        select(table)
        .where(table.c.recipient_id == recipient_id)
        .order_by(table.c.client_id)
    )
    return [_client(row) for row in rows]


def _client(row: Row[Any]) -> Client:
    return Client(
        client_id=row.client_id,
        recipient_id=RecipientId(row.recipient_id),
        jwks=row.jwks,
        redirect_uris=tuple(json.loads(row.redirect_uris)),
        purposes=tuple(json.loads(row.purposes)),
        categories=tuple(json.loads(row.categories)),
        state=ClientState(row.state),
        fence=row.fence,
        callback_url=row.callback_url,
    )


@lru_cache(maxsize=1024)
def _read_keys(jwks: str) -> tuple[keys.PublicKey, ...]:
    return tuple(keys.read(member) for member in json.loads(jwks)["keys"])


def _check_address(address: str, *, allow_loopback: bool) -> None:
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidClient("oauth.bad-redirect", "It is not an address.") from error
    is_plain_allowed = allow_loopback and host in _LOOPBACK
    if (
        not host
        or parts.scheme not in ("https", *(("http",) if is_plain_allowed else ()))
        or "#" in address
        or "@" in parts.netloc
        or len(address) > _MAX_LENGTH
        or not address.isascii()
        or not address.isprintable()
        or any(letter in address for letter in " \"'<>;,\\*")
    ):
        raise InvalidClient("oauth.bad-redirect", "It is not an exact https address.")
