"""Replaces data keys in the background: seal anew, then destroy the old generation.

Steps for one person, each a unit of work: open the next generation and seal the next
rows anew; at the end destroy the generations that nothing is sealed under any more, and
record it. A kill leaves old and new generations side by side, both readable, and the
next turn goes over the person again.
"""

from functools import partial
from uuid import UUID

import structlog

from audit import person
from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.bank import sealed
from pds.bank.bank import Bank
from pds.core.errors import BankError, NotFound
from pds.core.ids import BANK, OwnerId
from pds.core.logging import describe
from pds.keys import generations
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.generations import Old
from pds.vault import resealing
from pds.vault.resealing import Keys, Place

log = structlog.get_logger()

_PAGE = 20
"""Keys that one turn looks at; the rest waits for the next."""


def replace_keys(bank: Bank) -> int:
    """Replace generations that have to go; return of how many persons."""
    after, done = bank.replaced_up_to, 0
    with bank.read() as view:
        found = generations.due(view, after, _PAGE)
    for owner in {OwnerId(UUID(bytes=owner)) for owner, _commitment in found}:
        try:
            done += replace(bank, owner)
        except BankError as error:
            log.warning("keys not replaced", **describe(error))
    # Those that could not be replaced must not stand before the others for ever.
    bank.replaced_up_to = found[-1][1] if len(found) == _PAGE else b""
    return done


def replace(bank: Bank, owner: OwnerId) -> bool:
    """Replace the old generations of one person; say whether any was destroyed."""
    place: Place | None = resealing.START
    while place is not None:
        place = bank.unit_of_work(partial(_records, owner=owner, after=place))
    raw: bytes | None = bytes(16)
    while raw is not None:
        raw = bank.unit_of_work(partial(_original, owner=owner, after=raw))
    for where in sealed.PLACED:
        _replace_others(bank, owner, where)
    return bank.unit_of_work(partial(_end, owner=owner))


def _replace_others(bank: Bank, owner: OwnerId, where: sealed.Placed) -> None:
    skipped = 0
    while True:
        act = partial(_other, owner=owner, where=where, skipped=skipped)
        has_opened = bank.unit_of_work(act)
        if has_opened is None:
            return
        skipped += not has_opened


def _newest(work: Work, owner: OwnerId, found: list[Old]) -> Keys:
    newest: Keys = {}
    for key_class in {each.key_class for each in found}:
        try:
            newest[key_class] = work.keys.ensure(
                work.connection, owner, key_class, now=work.now
            )
        except KeyUnavailable:
            # The class was shredded meanwhile; nothing of it is readable.
            continue
    return newest


def _old(work: Work, owner: OwnerId) -> tuple[list[Old], Keys]:
    newest = _newest(work, owner, generations.old(work.connection, owner))
    # Read again: opening the next generation closes the one before.
    found = generations.old(work.connection, owner)
    usable = [each for each in found if each.key_class in newest]
    return [each for each in usable if generations.is_closed(each)], newest


def _records(work: Work, owner: OwnerId, after: Place) -> Place | None:
    found, newest = _old(work, owner)
    old = {(each.key_class, each.generation) for each in found}
    old = {each for each in old if each[0] != KeyClass.RAW}
    if not old:
        return None
    return resealing.records(work, work.keys, owner, newest, old, after)


def _original(work: Work, owner: OwnerId, after: bytes) -> bytes | None:
    found, newest = _old(work, owner)
    old = [each.generation for each in found if each.key_class == KeyClass.RAW]
    if not old:
        return None
    key = newest[KeyClass.RAW]
    return resealing.original(work, work.keys, owner, key, old, after)


def _other(
    work: Work, owner: OwnerId, where: sealed.Placed, skipped: int
) -> bool | None:
    found, newest = _old(work, owner)
    old = [each.generation for each in found if each.key_class == where.key_class]
    if not old:
        return None
    key = newest[where.key_class]
    return sealed.reseal(work, owner, where, key, old, skipped)


def _end(work: Work, owner: OwnerId) -> bool:
    found, _newest_keys = _old(work, owner)
    gone = [
        each
        for each in found
        if not sealed.refers(work.connection, owner, each.key_class, each.generation)
    ]
    if not gone:
        return False
    said = [
        {
            "class": each.key_class,
            "commitment": bytes(each.commitment).hex(),
            "generation": each.generation,
        }
        for each in gone
    ]
    is_person = _is_subject(work, owner)
    work.log.record(
        Entry(
            type=EventType.KEY_EVENT,
            subject=owner if is_person else BANK,
            detail={
                "actor": "bank",
                "decided_at": work.now.isoformat(),
                "object": canonical(said).decode(),
                "reasons": "generation.replaced",
            },
        )
    )
    for each in gone:
        work.keys.destroy(work.connection, owner, each.key_class, each.generation)
    if is_person:
        person.bump_fence(work, owner)
    return True


def _is_subject(work: Work, owner: OwnerId) -> bool:
    """Say whether the log knows this owner; a data set's key concerns no person."""
    try:
        person.state(work, owner)
    except NotFound:
        return False
    return True
