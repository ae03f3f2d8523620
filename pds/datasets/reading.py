"""Reads one person for a set: first the entry in the person's log, then the records.

Each person is asked for anew in the transaction that writes the entry, so whoever
withdrew a moment before is not read (promise 1: nothing without a traceable act).
"""

from datetime import date
from typing import NamedTuple

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts import service as accounts
from pds.accounts.roles import State
from pds.core.clock import day_of
from pds.core.database import Snapshot
from pds.core.ids import AccountId, OwnerId
from pds.datasets import choices
from pds.datasets.orders import DataSet
from pds.datasets.rows import Reading, readings
from pds.keys.keyring import Keyring
from pds.vault.records import Cursor, OpenRecord
from pds.vault.service import Vault

INCLUDED = "data-set.read"
"""The action of the entry `staff:viewed` that a person finds in the log."""
_PAGE = 500


def categories_of(
    snap: Snapshot, vault: Vault, owner: OwnerId, making: DataSet
) -> tuple[str, ...]:
    """Return the categories in which a person has anything for a set, unopened."""
    first, last = making.days
    names = making.rules.categories
    return tuple(
        vault.count(snap, owner, categories=names, first_day=first, last_day=last)
    )


def record(
    work: Work, owner: OwnerId, making: DataSet, categories: tuple[str, ...]
) -> bool:
    """Record that a person's records are read.

    Returns:
        False, and nothing is recorded, if the person does not agree or the account is
        closed or frozen.
    """
    person.hold(work, owner)
    is_active = accounts.get(work, AccountId(owner)).state is State.ACTIVE
    if not is_active or choices.chosen_at(work, owner) is None:
        return False
    work.log.record(
        Entry(
            type=EventType.STAFF_VIEWED,
            subject=owner,
            categories=categories,
            form=making.order.kind.value,
            detail={
                "actor": "bank",
                "object": str(making.data_set_id),
                "reasons": INCLUDED,
            },
        )
    )
    return True


def birth_date(snap: Snapshot, keys: Keyring, owner: OwnerId) -> date | None:
    """Return a person's day of birth, of which the set gets the age band alone.

    Raises:
        KeyUnavailable: the account was erased.
        NotFound: there is no account.
    """
    return accounts.profile(snap, keys, AccountId(owner)).birth_date


class Read(NamedTuple):
    """What a person's records say.

    Attributes:
        found: the numbers that count.
        left_out: how many records could not be read.
    """

    found: list[Reading]
    left_out: int


def read(snap: Snapshot, vault: Vault, owner: OwnerId, making: DataSet) -> Read:
    """Return the numbers of a person's records that count for a set.

    A record that does not open, or whose header is none, is left out alone: else one
    bad record of one person would make every set impossible.
    """
    found: list[Reading] = []
    left_out = 0
    first, last = making.days
    after: Cursor | None = None
    while True:
        page = vault.page(
            snap,
            owner,
            categories=making.rules.categories,
            first_day=first,
            last_day=last,
            after=after,
            limit=_PAGE,
            goes_on=True,
        )
        left_out += page.left_out
        for each in page.records:
            try:
                found += _numbers(making, each)
            except Exception:  # noqa: BLE001 - a header may be strange in any way
                left_out += 1
        after = page.next
        if after is None:
            return Read(found, left_out)


def _numbers(making: DataSet, record: OpenRecord) -> list[Reading]:
    day, header = day_of(record.last_day), record.header_map()
    return list(readings(making.rules, record.category, day, header))
