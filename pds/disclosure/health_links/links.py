"""A person's health links: making, reading, cutting, letting go.

    make ─► open ─last opening─► used
             ├─ person ─► cut
             ├─ last wrong passcode ─► locked
             └─ time ─► over

A link has its file until `ended_at`; the last opening sets the link's end to that of
the file's address. Whatever is not open gives nothing more. By `cut` and `locked` the
file is gone at once, also for whoever holds an address of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent.oauth import opaque
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import OwnerId
from pds.disclosure.health_links.contents import VERSION, Contents, read, write
from pds.disclosure.health_links.shlink import LONGEST_LABEL
from pds.disclosure.health_links.tables import (
    health_link,
    health_link_opening,
    health_link_route,
)
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.health-link"
"""Label of what is said of a link; the object id is the link's."""
OPENING_LABEL: Final = b"sys.health-link-opening"
"""Label of who opened it; the object id is the opening's."""
TRIES: Final = 5
"""Wrong passcodes in the life of a link."""
LIVES: Final = (
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
    timedelta(days=30),
)
"""How long a link may live, for the person to choose."""
OPENINGS: Final = (1, 3, 10)
"""How often it may be opened, for the person to choose; once unless they say more."""
FILE_LIFE: Final = timedelta(minutes=5)
"""How long the address of the file lives that an opening gives."""
MOST_OPEN: Final = 10
"""Links of a person that may be open at once."""
FORM: Final = "health-link"
"""How the data goes, as leaves name it."""
_l, _o = health_link.c, health_link_opening.c


class HealthLinkState(StrEnum):
    """Where a health link stands."""

    OPEN = "open"
    USED = "used"
    CUT = "cut"
    LOCKED = "locked"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Who opened a link, as they called themselves, and when."""

    at: datetime
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLink:
    """A link as its person sees it; never its key, which stands in the link alone."""

    owner: OwnerId
    link_id: UUID
    state: HealthLinkState
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    opens_left: int
    tries_left: int
    passcode_hash: str | None
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a link may be opened.

    Attributes:
        life: how long it lives.
        openings: how often it opens.
        passcode_hash: of what has to be known; None for nothing.
    """

    life: timedelta
    openings: int
    passcode_hash: str | None


def keep(
    work: Work,
    owner: OwnerId,
    link_hash: bytes,
    contents: Contents,
    file: bytes,
    terms: Terms,
) -> UUID:
    """Keep a link that was made; return its id.

    Raises:
        Forbidden: `accounts.closed`.
        Invalid: `health-link.terms`; label, life or openings are not offered.
        Conflict: `health-link.too-many`.
    """
    require_in_use(work, owner)
    _check(work, owner, contents.label, terms)
    link_id = work.ids.new()
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    work.connection.execute(
        insert(health_link).values(
            owner_id=owner,
            link_id=link_id,
            state=HealthLinkState.OPEN.value,
            made_at=work.now,
            expires_at=work.now + terms.life,
            opens_left=terms.openings,
            tries_left=TRIES,
            passcode_hash=terms.passcode_hash,
            generation=key.generation,
            envelope=work.keys.seal(
                work.connection, key, link_id, VERSION, LABEL, write(contents)
            ),
            file=file,
        )
    )
    route = {"link_hash": link_hash, "owner_id": owner, "link_id": link_id}
    work.connection.execute(insert(health_link_route).values(route))
    record(work, owner, link_id, "health-link.made")
    return link_id


def _check(work: Work, owner: OwnerId, label: str, terms: Terms) -> None:
    is_said = label.isprintable() and 1 <= len(label) <= LONGEST_LABEL
    if not is_said or terms.life not in LIVES or terms.openings not in OPENINGS:
        raise Invalid("health-link.terms", "The link's terms are not offered.")
    mine = select(_l.link_id).where(
        _l.owner_id == owner, _l.state == HealthLinkState.OPEN
    )
    if len(work.connection.execute(mine).all()) >= MOST_OPEN:
        raise Conflict("health-link.too-many", "Other links are open.")


def every(snap: Snapshot, keys: Keyring, owner: OwnerId) -> list[HealthLink]:
    """Return a person's links, newest first."""
    query = select(*_COLUMNS).where(_l.owner_id == owner).order_by(_l.link_id.desc())
    return [_read(snap, keys, row) for row in snap.connection.execute(query).all()]


def get(snap: Snapshot, keys: Keyring, owner: OwnerId, link_id: UUID) -> HealthLink:
    """Return one link of a person.

    Raises:
        NotFound: `health-link.unknown`.
    """
    query = select(*_COLUMNS).where(_l.owner_id == owner, _l.link_id == link_id)
    row = snap.connection.execute(query).first()
    if row is None:
        raise NotFound("health-link.unknown", "The person has no such link.")
    return _read(snap, keys, row)


def find(snap: Snapshot, keys: Keyring, text: str) -> HealthLink | None:
    """Return the link of an address, None if there is none."""
    digest = opaque.digest(text)
    if digest is None:
        return None
    query = select(health_link_route).where(health_link_route.c.link_hash == digest)
    route = snap.connection.execute(query).first()
    if route is None:
        return None
    return get(snap, keys, OwnerId(route.owner_id), route.link_id)


def openings(snap: Snapshot, keys: Keyring, link: HealthLink) -> list[Opening]:
    """Return who opened a link, first first."""
    query = (
        select(health_link_opening)
        .where(_o.owner_id == link.owner, _o.link_id == link.link_id)
        .order_by(_o.no)
    )
    return [
        Opening(at=row.at, recipient=_opened(snap, keys, link.owner, row))
        for row in snap.connection.execute(query).all()
    ]


def cut(work: Work, owner: OwnerId, link_id: UUID) -> None:
    """End a link at once, without a reason; nothing by it opens any more.

    Raises:
        NotFound: `health-link.unknown`.
    """
    link = get(work, work.keys, owner, link_id)
    if end(work, link, HealthLinkState.CUT):
        record(work, owner, link_id, "health-link.cut")


def end(work: Work, link: HealthLink, state: HealthLinkState) -> bool:
    """End a link and delete its file; False if it was dead before."""
    done = work.connection.execute(
        update(health_link)
        .where(_l.owner_id == link.owner, _l.link_id == link.link_id)
        .where(_l.ended_at.is_(None))
        .values(state=state.value, ended_at=work.now, file=b"", passcode_hash=None)
    )
    return done.rowcount == 1


def due(snap: Snapshot, *, limit: int) -> list[tuple[OwnerId, UUID]]:
    """Return links whose time, or that of their last opening, is over."""
    query = (
        select(_l.owner_id, _l.link_id)
        .where(_l.ended_at.is_(None), _l.expires_at <= snap.now)
        .order_by(_l.expires_at)
        .limit(limit)
    )
    return [(OwnerId(r.owner_id), r.link_id) for r in snap.connection.execute(query)]


def expire(work: Work, owner: OwnerId, link_id: UUID) -> None:
    """End a link whose time is over, if nobody was faster."""
    link = get(work, work.keys, owner, link_id)
    if link.expires_at > work.now:
        return
    if link.state is HealthLinkState.USED:
        end(work, link, HealthLinkState.USED)
    elif end(work, link, HealthLinkState.OVER):
        record(work, owner, link_id, "health-link.over", actor="time")


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's links, for erasure."""
    for table in (health_link_opening, health_link_route, health_link):
        work.connection.execute(delete(table).where(table.c.owner_id == owner))


def record(
    work: Work, owner: OwnerId, link_id: UUID, what: str, *, actor: str = "person"
) -> None:
    """Write down what became of a link."""
    named = canonical({"health_link": str(link_id)}).decode()
    detail = {"actor": actor, "object": named, "reasons": what}
    work.log.record(Entry(type=EventType.POLICY_EVENT, subject=owner, detail=detail))


_COLUMNS: Final = tuple(column for column in _l if column.name != "file")


def _read(snap: Snapshot, keys: Keyring, row: Any) -> HealthLink:
    owner = OwnerId(row.owner_id)
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    content = keys.unseal(key, bytes(row.envelope), row.link_id, VERSION, LABEL)
    return HealthLink(
        owner=owner,
        link_id=row.link_id,
        state=HealthLinkState(row.state),
        made_at=row.made_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        opens_left=row.opens_left,
        tries_left=row.tries_left,
        passcode_hash=row.passcode_hash,
        contents=read(content),
    )


def _opened(snap: Snapshot, keys: Keyring, owner: OwnerId, row: Any) -> str:
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    sealed = bytes(row.envelope)
    return keys.unseal(key, sealed, row.opening_id, VERSION, OPENING_LABEL).decode()
