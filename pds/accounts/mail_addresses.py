"""Addresses for mail to persons, proved by a code before anything else goes there.

    ask ─► asked ─code─► proved ─bounced─► failed ─ask─► asked …
                             └─ ask: the old one stays until the new one is proved

Somebody who types another's address makes one mail with a code go there, and no more:
the code is asked for in the session of the one who typed it, dies after half an hour
and five wrong tries, and the next can be asked for after a minute. Addresses are sealed
under the account key and go with the account.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from pds.accounts.message_tables import mail_address
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import OwnerId
from pds.crypto import tokens
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.mail-address"
"""Label of the envelopes; the object id is the address's."""
VERSION: Final = 1
"""Version that the envelopes are bound to."""
OPEN_FOR: Final = timedelta(minutes=30)
"""How long a code can be entered."""
TRIES: Final = 5
"""Wrong codes after which a new one is needed."""
BETWEEN: Final = timedelta(minutes=1)
"""The least time between two codes."""
_DIGITS: Final = 8
_LONGEST: Final = 254
_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORM: Final = re.compile(rf"{_LOCAL}@{_LABEL}(\.{_LABEL})*\Z", re.ASCII)
_c = mail_address.c


class AddressState(StrEnum):
    """Where an address stands."""

    ASKED = "asked"
    PROVED = "proved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAddress:
    """An address of a person.

    Attributes:
        address: local part and domain.
        secret: the code of an asked one; of a proved one what its mail carries, so
            that mail can be stopped without logging in.
    """

    owner: OwnerId
    state: AddressState
    address: str
    secret: str
    asked_at: datetime


def ask(work: Work, owner: OwnerId, address: str) -> str:
    """Keep an address until its code is entered; return the code, to be sent there.

    Raises:
        Invalid: `mail.address`; nothing can be sent there.
        Conflict: `mail.too-soon`; the last code is not a minute old.
    """
    if len(address) > _LONGEST or _FORM.match(address) is None:
        raise Invalid("mail.address", "This is no address for mail.")
    asked_at = work.connection.scalar(
        select(_c.asked_at).where(*_is(owner, AddressState.ASKED))
    )
    if asked_at is not None and timedelta() <= work.now - asked_at < BETWEEN:
        raise Conflict("mail.too-soon", "A code was sent a moment ago.")
    number = int.from_bytes(work.ids.secret(16)) % 10**_DIGITS
    code = f"{number:0{_DIGITS}d}"
    _keep(work, owner, AddressState.ASKED, address, code)
    return code


def prove(work: Work, owner: OwnerId, code: str) -> bool:
    """Take a code; say whether the address is proved now. Wrong tries are counted.

    Raises:
        Conflict: `mail.code-over`; nothing waits, or it took too long or too often.
    """
    waiting = _c.tries < TRIES
    counted = work.connection.execute(
        update(mail_address)
        .where(*_is(owner, AddressState.ASKED), waiting)
        .values(tries=_c.tries + 1)
    )
    found = find(work, work.keys, owner, AddressState.ASKED)
    if not counted.rowcount or found is None or _is_over(work, found):
        raise Conflict("mail.code-over", "Ask for a new code.")
    if not compare_digest(found.secret.encode(), code.strip().encode()):
        return False
    for state in AddressState:
        _drop(work, owner, state)
    _keep(
        work,
        owner,
        AddressState.PROVED,
        found.address,
        tokens.token_text(work.ids.secret(tokens.TOKEN_SIZE)),
    )
    return True


def find(
    snap: Snapshot, keys: Keyring, owner: OwnerId, state: AddressState
) -> MailAddress | None:
    """Return a person's address in a state.

    Raises:
        KeyUnavailable: the account was erased.
    """
    row = snap.connection.execute(
        select(mail_address).where(*_is(owner, state))
    ).one_or_none()
    if row is None:
        return None
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    said: Any = parse_canonical(
        keys.unseal(key, bytes(row.envelope), row.address_id, VERSION, LABEL)
    )
    return MailAddress(
        owner=owner,
        state=state,
        address=said["address"],
        secret=said["secret"],
        asked_at=row.asked_at,
    )


def remove(work: Work, owner: OwnerId) -> None:
    """Forget every address of a person, who gets no mail any more."""
    work.connection.execute(delete(mail_address).where(_c.owner_id == owner))


def fail(work: Work, owner: OwnerId, address: str) -> None:
    """Note that mail cannot be delivered there for good; nothing more goes there.

    Nothing happens if the person has another address by now.
    """
    found = find(work, work.keys, owner, AddressState.PROVED)
    if found is None or found.address != address:
        return
    _drop(work, owner, AddressState.FAILED)
    work.connection.execute(
        update(mail_address)
        .where(*_is(owner, AddressState.PROVED))
        .values(state=AddressState.FAILED.value)
    )


def owner_of_stop(snap: Snapshot, token: str) -> OwnerId:
    """Return whose mail carries a token.

    Raises:
        NotFound: `mail.unknown`; none of today does.
    """
    digest = tokens.hash_of_text(token)
    found = None
    if digest is not None:
        found = snap.connection.scalar(
            select(_c.owner_id).where(_c.stop_hash == digest)
        )
    if found is None:
        raise NotFound("mail.unknown", "No mail of today carries this.")
    return OwnerId(found)


def _is_over(work: Work, found: MailAddress) -> bool:
    return not timedelta() <= work.now - found.asked_at <= OPEN_FOR


def _keep(
    work: Work, owner: OwnerId, state: AddressState, address: str, secret: str
) -> None:
    _drop(work, owner, state)
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    address_id = work.ids.new()
    said = canonical({"address": address, "secret": secret})
    is_proved = state is AddressState.PROVED
    work.connection.execute(
        insert(mail_address).values(
            owner_id=owner,
            state=state.value,
            address_id=address_id,
            asked_at=work.now,
            tries=0,
            stop_hash=tokens.hash_of_text(secret) if is_proved else None,
            generation=key.generation,
            envelope=work.keys.seal(
                work.connection, key, address_id, VERSION, LABEL, said
            ),
        )
    )


def _drop(work: Work, owner: OwnerId, state: AddressState) -> None:
    work.connection.execute(delete(mail_address).where(*_is(owner, state)))


def _is(owner: OwnerId, state: AddressState) -> tuple[ColumnElement[bool], ...]:
    return (_c.owner_id == owner, _c.state == state.value)
