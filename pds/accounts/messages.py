"""Messages to persons (お知らせ): what the bank tells them, in their portal.

Whatever has to be told goes this one way: `tell`, in the unit of work of the act, so
that nothing happens untold and nothing is told that did not happen. Mail follows where
the person has an address and a wish (`pds.bank.mailing`); it says that something
happened and never what. The content is sealed under the person's account key, and goes
with the account; kind and time are clear, so that mail can be sorted without opening.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from audit.canonical import canonical, parse_canonical
from audit.work import Work
from pds.accounts import message_wishes
from pds.accounts.meeting import insertion
from pds.accounts.message_kinds import KIND_OF, MessageKind, MessageTopic
from pds.accounts.message_tables import message
from pds.accounts.roles import Role, State
from pds.accounts.tables import account
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey

LABEL: Final = b"sys.message"
"""Label of the envelopes; the object id is the message's."""
VERSION: Final = 1
"""Version that the envelopes are bound to; a message never changes."""
COUNTED: Final = 99
"""Unread messages that are counted; there are more behind them."""
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+\Z", re.ASCII)
_LANGUAGES: Final = frozenset({"ja", "en"})
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_c = message.c


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its person reads it.

    Attributes:
        facts: what the words of the topic name, such as `recipient` with its id.
        link: path of the page about it in the portal; empty if there is none.
        text: what the bank says besides, by language; empty for most topics.
        read_at: when it was read first.
    """

    message_id: UUID
    kind: MessageKind
    topic: MessageTopic
    at: datetime
    read_at: datetime | None
    facts: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a message that was told once.

    Attributes:
        mail_waits: whether mail about it has still to be put down.
    """

    owner: OwnerId
    at: datetime
    read_at: datetime | None
    mail_waits: bool


def tell(
    work: Work,
    owner: OwnerId,
    topic: MessageTopic,
    *,
    facts: Mapping[str, str] = _NOTHING,
    link: str = "",
    text: Mapping[str, str] = _NOTHING,
    once: str | None = None,
) -> UUID | None:
    """Tell a person something, in this unit of work.

    Args:
        work: the unit of work of the act.
        owner: the person.
        topic: what happened; its kind decides how mail goes.
        facts: what its words name: ids of organisations, days, numbers. Never data of
            the vault.
        link: path of the page about it in the portal, without a query.
        text: what the bank says besides, in `ja` and `en`.
        once: names what is told, if it must not be told twice; any text.

    Returns:
        The id of the message; None if it was told before, or if there is nobody to
        tell: no account of a person, or one that was erased.

    Raises:
        Invalid: `messages.link` or `messages.text`; no path of ours, or one language
            alone. That is a mistake of the caller.
    """
    _check(link, text)
    if not _is_somebody(work, owner):
        return None
    try:
        key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    except KeyUnavailable:
        return None
    return _keep(work, key, topic, _said(topic, facts, link, text), once)


def page(
    snap: Snapshot,
    keys: Keyring,
    owner: OwnerId,
    *,
    before: UUID | None = None,
    limit: int = 20,
) -> list[Message]:
    """Return a person's messages, newest first, behind a place.

    Raises:
        KeyUnavailable: the account was erased.
    """
    which = [_c.owner_id == owner]
    if before is not None:
        which.append(_c.message_id < before)
    query = select(message).where(*which).order_by(_c.message_id.desc()).limit(limit)
    return [_opened(snap, keys, row) for row in snap.connection.execute(query)]


def get(snap: Snapshot, keys: Keyring, owner: OwnerId, message_id: UUID) -> Message:
    """Return a message of a person; NotFound `messages.unknown` if there is none."""
    row = snap.connection.execute(
        select(message).where(*_is(owner, message_id))
    ).one_or_none()
    if row is None:
        raise NotFound("messages.unknown", "The person has no such message.")
    return _opened(snap, keys, row)


def told(
    snap: Snapshot, owners: Sequence[OwnerId], topic: MessageTopic, once: str
) -> list[Told]:
    """Return what became of the message that some persons got once, each that did."""
    query = select(_c.owner_id, _c.at, _c.read_at, _c.mail_at).where(
        _c.owner_id.in_(owners), _c.once == _digest(topic, once)
    )
    rows = snap.connection.execute(query)
    return [
        Told(OwnerId(row.owner_id), row.at, row.read_at, row.mail_at is not None)
        for row in rows
    ]


def unread(snap: Snapshot, owner: OwnerId) -> int:
    """Return how many messages were not read; `COUNTED` + 1 stands for more."""
    some = select(_c.message_id).where(_c.owner_id == owner, _c.read_at.is_(None))
    few = some.limit(COUNTED + 1).subquery()
    return snap.connection.scalar(select(func.count()).select_from(few)) or 0


def mark_read(work: Work, owner: OwnerId, ids: Sequence[UUID] | None = None) -> int:
    """Note that a person read messages, or all; return how many were unread."""
    which = [_c.owner_id == owner, _c.read_at.is_(None)]
    if ids is not None:
        which.append(_c.message_id.in_(ids))
    done = work.connection.execute(
        update(message).where(*which).values(read_at=work.now, mail_at=None)
    )
    return int(done.rowcount)


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's messages, for erasure."""
    work.connection.execute(delete(message).where(_c.owner_id == owner))


def delete_old(work: Work, before: datetime, *, limit: int) -> int:
    """Delete some messages from before a moment that were read; return how many."""
    old = (
        select(_c.owner_id, _c.message_id)
        .where(_c.at < before, _c.read_at.is_not(None))
        .limit(limit)
    )
    rows = work.connection.execute(old).all()
    for row in rows:
        work.connection.execute(
            delete(message).where(*_is(OwnerId(row.owner_id), row.message_id))
        )
    return len(rows)


def _check(link: str, text: Mapping[str, str]) -> None:
    if link and _PATH.match(link) is None:
        raise Invalid("messages.link", "The link is no path of the portal.")
    if text and set(text) != _LANGUAGES:
        raise Invalid("messages.text", "The text is in Japanese and English.")


def _is_somebody(work: Work, owner: OwnerId) -> bool:
    state = work.connection.scalar(
        select(account.c.state).where(
            account.c.account_id == owner, account.c.role == Role.PERSON
        )
    )
    return state is not None and state != State.ERASED


def _said(
    topic: MessageTopic, facts: Mapping[str, str], link: str, text: Mapping[str, str]
) -> bytes:
    return canonical(
        {
            "facts": dict(facts),
            "link": link,
            "text": dict(text),
            "topic": topic.value,
            "v": VERSION,
        }
    )


def _keep(
    work: Work, key: OpenKey, topic: MessageTopic, said: bytes, once: str | None
) -> UUID | None:
    message_id, kind = work.ids.new(), KIND_OF[topic]
    envelope = work.keys.seal(work.connection, key, message_id, VERSION, LABEL, said)
    told = work.connection.execute(
        insertion(work.connection, message)
        .values(
            owner_id=key.owner,
            message_id=message_id,
            kind=kind.value,
            at=work.now,
            mail_at=message_wishes.mail_at(work, key.owner, kind),
            once=None if once is None else _digest(topic, once),
            generation=key.generation,
            envelope=envelope,
        )
        .on_conflict_do_nothing()
        .returning(_c.message_id)
    )
    # psycopg counts no rows of an insert, so what came back says whether it is new.
    return None if told.first() is None else message_id


def _digest(topic: MessageTopic, once: str) -> bytes:
    return hashlib.sha256(f"{topic.value}\0{once}".encode()).digest()[:16]


def _is(owner: OwnerId, message_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (_c.owner_id == owner, _c.message_id == message_id)


def _opened(snap: Snapshot, keys: Keyring, row: Row[Any]) -> Message:
    key = keys.open(
        snap.connection, OwnerId(row.owner_id), KeyClass.ACCOUNT, row.generation
    )
    said = parse_canonical(
        keys.unseal(key, bytes(row.envelope), row.message_id, VERSION, LABEL)
    )
    return Message(
        message_id=row.message_id,
        kind=MessageKind(row.kind),
        topic=MessageTopic(said["topic"]),
        at=row.at,
        read_at=row.read_at,
        facts=said["facts"],
        link=said["link"],
        text=said["text"],
    )
