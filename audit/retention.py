"""The end of details: audit keys whose time of record keeping is over (A-09).

APPI article 29 with Enforcement Rules articles 19 to 21 asks for records of provision,
three years in principle. After that a person's audit key is destroyed generation by
generation, oldest first, and with it every detail and every handle under it. The
leaves stay in the tree. What was destroyed is said by a `key:event` of the person's
next generation; it stands right behind `subject:opened`, so it is found without a
search, and it carries a running total, so the newest one speaks for all before it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import and_, delete, or_, select

from audit import known_time, person, quarter, subject
from audit.canonical import canonical
from audit.entry import Entry
from audit.errors import VerificationError
from audit.leaf import EventType
from audit.tables import log_detail
from audit.work import Work
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import BANK, OwnerId
from pds.keys.classes import KeyClass, KeyState
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key

OVER: Final = "retention.over"
"""The action of the entry that tells of destroyed details."""

_MOST: Final = 8
"""Generations of one person that one act destroys; the rest waits for the next."""


class HoldReason(StrEnum):
    """Why somebody's details are kept beyond their time."""

    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    INCIDENT = "incident"
    AUTHORITY = "authority"


_GROUNDS: Final = tuple(HoldReason)
"""Their order is that of the bits of a hold in the database: add at the end only."""


@dataclass(frozen=True, slots=True)
class Retired:
    """What the newest entry about destroyed details says.

    Attributes:
        gen: the newest generation that was destroyed; all before it are, too.
        total: entries of the subject whose details are gone, of all generations.
        years: how long the details were kept after the end of their quarter.
        due: the moment from which on the key might be destroyed.
        at: the moment at which it was.
    """

    gen: int
    total: int
    years: int
    due: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A key whose time has come, and where it stands in the order of work."""

    owner: OwnerId
    place: tuple[datetime, bytes]


def due(
    snap: Snapshot, *, after: tuple[datetime, bytes] | None, limit: int
) -> list[Due]:
    """Return keys of persons whose time has come and which nothing holds.

    Equal times come in the order of the keys' commitments, which say nothing of
    whose they are; never in the order of persons.
    """
    key, held = owner_key.c, owner_key.alias()
    audit = (key["class"] == KeyClass.AUDIT, key.state != KeyState.DESTROYED)
    is_held = select(held.c.owner_id).where(
        held.c.owner_id == key.owner_id,
        held.c["class"] == KeyClass.AUDIT,
        held.c.hold != 0,
    )
    query = select(key.owner_id, key.destroy_after, key.commitment).where(
        *audit,
        key.owner_id != BANK,
        key.destroy_after <= snap.now,
        ~is_held.exists(),
    )
    if after is not None:
        at, commitment = after
        behind = and_(key.destroy_after == at, key.commitment > commitment)
        query = query.where(or_(key.destroy_after > at, behind))
    query = query.order_by(key.destroy_after, key.commitment).limit(limit)
    return [
        Due(OwnerId(row.owner_id), (row.destroy_after, bytes(row.commitment)))
        for row in snap.connection.execute(query)
    ]


def retire(work: Work, owner: OwnerId) -> int:
    """Destroy a person's audit keys whose time has come; return how many.

    Keys, details and the entry that tells of it go in one transaction. Doing it
    again does nothing. Nothing happens while a hold stands.

    Raises:
        Conflict: `clock.ahead`; whether its time has come cannot be believed.
        NotFound: the log has no such subject.
        VerificationError: the person's entries do not hold together; nothing was
            destroyed.
    """
    person.hold(work, owner)
    rows = _rows(work, owner)
    if owner == BANK or any(row.hold for row in rows):
        return 0
    ended = list(takewhile(lambda row: _is_over(row, work.now), rows))[:_MOST]
    if not ended:
        return 0
    known_time.require(work)
    counts = [_count(work, owner, row.generation) for row in ended]
    before = newest(work, work.keys, owner)
    total = 0 if before is None else before.total
    # The entries that tell of it open a generation, so that they are found again.
    work.keys.retire(work.connection, owner, KeyClass.AUDIT)
    for row, n in zip(ended, counts, strict=True):
        total += n
        work.log.record(_entry(work, owner, row, n, total))
        _destroy(work, owner, row.generation)
    person.bump_fence(work, owner)
    return len(ended)


def hold(work: Work, owner: OwnerId, reason: HoldReason, *, lift: bool) -> None:
    """Keep all details of a person beyond their time, or let them go again.

    The person finds it in the log. A hold covers generations that come later, since
    nothing of a person is destroyed while any key is held. Each reason holds by
    itself, so that the end of a complaint does not end what an authority asked for.

    Raises:
        NotFound: the log has no such subject.
        Conflict: `retention.no-hold`; what is to be lifted does not stand.
    """
    person.hold(work, owner)
    action = "hold.lifted" if lift else "hold.set"
    detail = {"actor": "operator", "reasons": f"{action} hold.{reason}"}
    work.log.record(Entry(type=EventType.KEY_EVENT, subject=owner, detail=detail))
    changed = work.keys.hold(
        work.connection, owner, KeyClass.AUDIT, _GROUNDS.index(reason), held=not lift
    )
    if lift and not changed:
        raise Conflict("retention.no-hold", "There is no hold for this reason.")


def grounds(snap: Snapshot, owner: OwnerId) -> list[HoldReason]:
    """Return why details of a person are on hold; none if nothing is."""
    held = snap.connection.execute(
        select(owner_key.c.hold).where(
            owner_key.c.owner_id == owner,
            owner_key.c.state != KeyState.DESTROYED,
            owner_key.c.hold != 0,
        )
    ).scalars()
    bits = set(held)
    return [
        reason
        for number, reason in enumerate(_GROUNDS)
        if any(each >> number & 1 for each in bits)
    ]


def newest(snap: Snapshot, keys: Keyring, owner: OwnerId) -> Retired | None:
    """Return what the newest entry about destroyed details says, if there is one.

    Raises:
        NotFound: the log has no such subject.
    """
    for gen in range(person.state(snap, owner).gen, 0, -1):
        found = None
        try:
            for i in range(1, _MOST + 1):
                fields = subject.entry(snap, keys, owner, gen, i).detail.fields
                if fields.get("reasons") != OVER:
                    break
                found = _read(fields["object"], fields["decided_at"])
        except (KeyUnavailable, VerificationError):
            # The generation ends here, or cannot be read; the census says which.
            pass
        if found is not None:
            return found
    return None


def _rows(work: Work, owner: OwnerId) -> Sequence[Any]:
    key = owner_key.c
    query = (
        select(owner_key)
        .where(
            key.owner_id == owner,
            key["class"] == KeyClass.AUDIT,
            key.state != KeyState.DESTROYED,
        )
        .order_by(key.generation)
    )
    return work.connection.execute(query).all()


def _is_over(row: Any, now: datetime) -> bool:
    return row.destroy_after is not None and row.destroy_after <= now


def _count(work: Work, owner: OwnerId, gen: int) -> int:
    present = person.state(work, owner)
    if gen == present.gen:
        return present.n
    following = subject.entry(work, work.keys, owner, gen + 1, 0)
    return int(following.detail.fields["prev_n"])


def _entry(work: Work, owner: OwnerId, row: Any, n: int, total: int) -> Entry:
    said = {
        "class": int(KeyClass.AUDIT),
        "commitment": bytes(row.commitment).hex(),
        "due": row.destroy_after.isoformat(),
        "generation": row.generation,
        "total": total,
        "years": _years(row),
    }
    return Entry(
        type=EventType.KEY_EVENT,
        subject=owner,
        count=n,
        detail={
            "actor": "bank",
            "decided_at": work.now.isoformat(),
            "object": canonical(said).decode(),
            "reasons": OVER,
        },
    )


def _years(row: Any) -> int:
    end = quarter.quarter_end(row.created_at).astimezone(TOKYO)
    return int(row.destroy_after.astimezone(TOKYO).year - end.year)


def _destroy(work: Work, owner: OwnerId, gen: int) -> None:
    work.keys.destroy(work.connection, owner, KeyClass.AUDIT, gen)
    work.connection.execute(
        delete(log_detail).where(
            log_detail.c.owner_id == owner, log_detail.c.gen == gen
        )
    )


def _read(said: str, at: str) -> Retired:
    value = json.loads(said)
    return Retired(
        value["generation"],
        value["total"],
        value["years"],
        datetime.fromisoformat(value["due"]),
        datetime.fromisoformat(at),
    )


def unexplained(gone: Iterator[int], told: Retired | None) -> list[int]:
    """Return the destroyed generations that no entry tells of."""
    last = 0 if told is None else told.gen
    return [gen for gen in gone if gen > last]
