"""A person's emergency card: switched on, looked at, switched off.

The card's number is 32 random bytes, kept as their digest, and shown once. What may be
opened by it lies sealed under the person's account key. Switching off, or making
another card, makes the earlier one worth nothing at once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select

from audit import person
from audit.canonical import canonical, parse_canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent.oauth import opaque
from pds.accounts.in_use import require_in_use
from pds.core.database import Snapshot
from pds.core.errors import Invalid, Unavailable
from pds.core.ids import OwnerId
from pds.disclosure.break_glass.tables import emergency_access, emergency_card
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

LABEL: Final = b"sys.emergency-card"
"""Label of what a card opens; the object id is the card's."""
VERSION: Final = 1
LIFE_CRITICAL: Final = (
    "health.allergy",
    "health.condition",
    "health.immunization",
    "health.medication",
    "health.procedure",
)
"""Categories that can be chosen; others save no life in the next hour."""
_c = emergency_card.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that is in force.

    Attributes:
        categories: ids of what it opens.
    """

    owner: OwnerId
    card_id: UUID
    made_at: datetime
    categories: tuple[str, ...]


def switch_on(work: Work, owner: OwnerId, categories: tuple[str, ...]) -> str:
    """Make a card and return its number, kept nowhere; an earlier one is void.

    Raises:
        Forbidden: `accounts.closed`.
        Invalid: `card.categories`.
    """
    require_in_use(work, owner)
    if not categories or not set(categories) <= set(LIFE_CRITICAL):
        raise Invalid("card.categories", "Nothing that a card could open was chosen.")
    text, digest = opaque.make(work.ids)
    card_id = work.ids.new()
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    work.connection.execute(delete(emergency_card).where(_c.owner_id == owner))
    work.connection.execute(
        insert(emergency_card).values(
            card_hash=digest,
            owner_id=owner,
            card_id=card_id,
            made_at=work.now,
            generation=key.generation,
            envelope=work.keys.seal(
                work.connection, key, card_id, VERSION, LABEL, write(categories)
            ),
        )
    )
    _record(work, owner, "emergency-card.made")
    return text


def switch_off(work: Work, owner: OwnerId) -> None:
    """Make the person's card void, at any time and without a reason."""
    gone = work.connection.execute(
        delete(emergency_card).where(_c.owner_id == owner)
    ).rowcount
    if gone:
        _record(work, owner, "emergency-card.ended")


def current(snap: Snapshot, keys: Keyring, owner: OwnerId) -> Card | None:
    """Return the person's card; None where it is switched off."""
    query = select(emergency_card).where(_c.owner_id == owner)
    row = snap.connection.execute(query).first()
    return None if row is None else _read(snap, keys, row)


def find(snap: Snapshot, keys: Keyring, number: str) -> Card | None:
    """Return the card of a number; None for an unknown one, or an erased account."""
    digest = opaque.digest(number)
    if digest is None:
        return None
    query = select(emergency_card).where(_c.card_hash == digest)
    row = snap.connection.execute(query).first()
    try:
        return None if row is None else _read(snap, keys, row)
    except KeyUnavailable:
        return None


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's card and what was opened by it, for erasure."""
    for table in (emergency_card, emergency_access):
        work.connection.execute(delete(table).where(table.c.owner_id == owner))


def write(categories: tuple[str, ...]) -> bytes:
    """Return what a card opens, to be sealed."""
    return canonical({"v": VERSION, "categories": sorted(categories)})


def read(content: bytes) -> tuple[str, ...]:
    """Read what a card opens.

    Raises:
        Unavailable: `card.version`; it was written by a later program.
    """
    found = parse_canonical(content)
    if found["v"] != VERSION:
        raise Unavailable("card.version", "The card is of another time.")
    return tuple(found["categories"])


def _read(snap: Snapshot, keys: Keyring, row: Any) -> Card:
    owner = OwnerId(row.owner_id)
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    content = keys.unseal(key, bytes(row.envelope), row.card_id, VERSION, LABEL)
    return Card(
        owner=owner,
        card_id=row.card_id,
        made_at=row.made_at,
        categories=read(content),
    )


def _record(work: Work, owner: OwnerId, what: str) -> None:
    # A call that found the card before must not commit after it is void.
    person.bump_fence(work, owner)
    detail = {"actor": "person", "reasons": what}
    work.log.record(Entry(type=EventType.POLICY_EVENT, subject=owner, detail=detail))
