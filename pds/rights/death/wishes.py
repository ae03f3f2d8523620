"""What a person wants to happen with the account after death."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, insert, select

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.rights.death.tables import last_wish

LONGEST_HEIR: Final = 200
LABEL: Final = b"sys.last-wish"
VERSION: Final = 1


class LastWish(StrEnum):
    """What is to happen."""

    ERASE = "erase"
    HAND_OVER = "hand-over"


@dataclass(frozen=True, slots=True)
class Wish:
    """A person's wish.

    Attributes:
        heir: name and address of whoever is to have the data; empty for nobody.
    """

    wish: LastWish
    heir: str
    changed_at: datetime


def say(work: Work, owner: OwnerId, wish: LastWish, heir: str) -> None:
    """Keep the person's wish in place of an earlier one.

    Raises:
        Invalid: `death.heir`; nobody is named, or the text is too long.
    """
    named = heir.strip() if wish is LastWish.HAND_OVER else ""
    if (wish is LastWish.HAND_OVER) != bool(named) or len(named) > LONGEST_HEIR:
        raise Invalid("death.heir", "The heir is not named.")
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    sealed = work.keys.seal(work.connection, key, owner, VERSION, LABEL, named.encode())
    forget(work, owner)
    work.connection.execute(
        insert(last_wish).values(
            owner_id=owner,
            wish=wish,
            changed_at=work.now,
            generation=key.generation,
            heir=sealed,
        )
    )
    detail = {"actor": "person", "reasons": f"last-wish.{wish}"}
    work.log.record(Entry(type=EventType.POLICY_EVENT, subject=owner, detail=detail))


def get(snap: Snapshot, keys: Keyring, owner: OwnerId) -> Wish | None:
    """Return a person's wish; None where nothing was said.

    Raises:
        KeyUnavailable: the account was erased.
    """
    mine = select(last_wish).where(last_wish.c.owner_id == owner)
    row = snap.connection.execute(mine).first()
    if row is None:
        return None
    key = keys.open(snap.connection, owner, KeyClass.ACCOUNT, row.generation)
    heir = keys.unseal(key, bytes(row.heir), owner, VERSION, LABEL).decode()
    return Wish(LastWish(row.wish), heir, row.changed_at)


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's wish."""
    work.connection.execute(delete(last_wish).where(last_wish.c.owner_id == owner))
