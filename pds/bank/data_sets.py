"""Making data sets in the background: person by person, then the whole (X-17, X-18).

Which number stands for which person is in the memory of one call of `_make` and is gone
with it: it is never written to a table, a file or the log's text. That memory is
bounded: rows that say the same of somebody are held once, and an order that needs more
than `MOST_ROWS` of them, or makes more, fails and says so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from random import SystemRandom
from typing import Final
from uuid import UUID

import structlog

from audit.work import Work
from pds.bank.bank import Bank
from pds.bank.one_by_one import note_failure
from pds.core.errors import BankError, Forbidden, Kind, NotFound
from pds.core.ids import OwnerId
from pds.core.logging import describe
from pds.crypto.errors import EnvelopeError
from pds.datasets import choices, chunks, reading, register, rows, suppressing, writing
from pds.datasets.orders import DataSet
from pds.datasets.rows import Row
from pds.datasets.tables import DataSetFailure
from pds.keys.errors import KeyUnavailable

log = structlog.get_logger()

MAKE_DATA_SETS: Final = "make data sets"
"""The chore's name, under which its failures are counted."""
MOST_ROWS: Final = 1_000_000
"""Rows that one making may hold, and write."""
_PAGE = 50
"""Persons between two renewals of the lease."""


class _TooLarge(Exception):  # noqa: N818 - reads as the state that it names
    """A set needs more memory than one making may have."""


@dataclass(slots=True)
class _Tally:
    """What a making holds.

    Attributes:
        rows: each with how many persons have it.
        records: how many could not be read.
        persons: how many could not be read at all.
    """

    rows: Counter[Row] = field(default_factory=Counter)
    records: int = 0
    persons: int = 0


def make_data_sets(bank: Bank) -> int:
    """Make the sets that were ordered and approved; return how many."""
    made = 0
    while (making := bank.unit_of_work(register.claim)) is not None:
        made += _made(bank, making)
    return made


def expire_data_sets(bank: Bank) -> None:
    """Delete sets whose time is over."""
    bank.unit_of_work(register.expire)


def take(bank: Bank, data_set_id: UUID, *, actor: str) -> Iterator[bytes]:
    """Record that a member of staff takes a set, then yield its chunks.

    Raises:
        NotFound: `data-set.unknown`.
        Conflict: `data-set.not-ready`.
        Forbidden: `data-set.board`; the ethics board stopped it.
    """

    def act(work: Work) -> DataSet:
        found = register.ready(work, data_set_id)
        if not register.is_approved(work, data_set_id):
            raise Forbidden("data-set.board", "The board has not approved the set.")
        register.record(work, data_set_id, "data-set.taken", actor)
        return found

    return _content(bank, bank.unit_of_work(act))


def _content(bank: Bank, found: DataSet) -> Iterator[bytes]:
    with bank.read() as snap:
        yield from chunks.content(snap, bank.keys, found)


def _made(bank: Bank, making: DataSet) -> bool:
    try:
        return _make(bank, making)
    except _TooLarge:
        _fail(bank, making, DataSetFailure.TOO_LARGE)
    except BankError as error:
        log.warning("data set not made", **describe(error))
        # A store or a key server that is away comes back; the lease ends by itself.
        if error.code != register.LOST and error.kind is not Kind.UNAVAILABLE:
            _fail(bank, making, DataSetFailure.ERROR)
    except Exception as error:  # noqa: BLE001 - the next order must not wait for this
        note_failure(bank, MAKE_DATA_SETS)
        log.warning("data set not made", **describe(error))
    return False


def _fail(bank: Bank, making: DataSet, why: DataSetFailure) -> None:
    bank.unit_of_work(partial(register.fail, making=making, why=why))


def _make(bank: Bank, making: DataSet) -> bool:
    order, rules, tally = making.order, making.rules, _Tally()
    for found in _each(bank, making, tally):
        tally.rows.update(found)
        if len(tally.rows) > MOST_ROWS:
            raise _TooLarge
    kept = suppressing.suppress(rules, order.kind, order.k, tally.rows)
    if not kept:
        _fail(bank, making, DataSetFailure.TOO_FEW)
        return False
    count = sum(kept.values())
    if count > MOST_ROWS:
        raise _TooLarge
    digest = _write(bank, making, kept)
    left_out = tally.records, tally.persons
    act = partial(register.complete, making=making, digest=digest, left_out=left_out)
    bank.unit_of_work(partial(act, rows=count))
    return True


def _write(bank: Bank, making: DataSet, kept: Mapping[Row, int]) -> bytes:
    """Keep the file, sealed, chunk by chunk; return its digest."""
    order = making.order
    head = writing.Head(
        kind=order.kind,
        k=order.k,
        first_month=order.first_month,
        last_month=order.last_month,
    )
    lines = writing.lines(making.rules, head, kept, bank.ids.secret)
    digest = sha256()
    for no, chunk in enumerate(writing.chunks(lines), 1):
        digest.update(chunk)
        bank.unit_of_work(
            partial(register.add_chunk, making=making, no=no, chunk=chunk)
        )
    return digest.digest()


def _each(bank: Bank, making: DataSet, tally: _Tally) -> Iterator[list[Row]]:
    owners = _agreed(bank)
    # The log must not tell by its order who is who from one set to the next.
    SystemRandom().shuffle(owners)
    for number, owner in enumerate(owners, 1):
        yield _of(bank, making, owner, number, tally)
        if number % _PAGE == 0:
            bank.unit_of_work(partial(register.renew, making=making))


def _agreed(bank: Bank) -> list[OwnerId]:
    """Return everybody who agrees, read a page at a time."""
    found: list[OwnerId] = []
    while True:
        with bank.read() as snap:
            page = choices.some(snap, found[-1] if found else None, _PAGE)
        if not page:
            return found
        found += page


def _of(
    bank: Bank, making: DataSet, owner: OwnerId, number: int, tally: _Tally
) -> list[Row]:
    """Return one person's rows; none if the person went, or cannot be read."""
    try:
        with bank.read() as snap:
            born = reading.birth_date(snap, bank.keys, owner)
            held = reading.categories_of(snap, bank.vault, owner, making)
        if born is None or not held:
            return []
        record = partial(reading.record, owner=owner, making=making, categories=held)
        if not bank.unit_of_work(record):
            return []
        with bank.read() as snap:
            found, left_out = reading.read(snap, bank.vault, owner, making)
    except (EnvelopeError, KeyUnavailable, NotFound) as error:
        log.warning("person left out of a data set", **describe(error))
        tally.persons += 1
        return []
    tally.records += left_out
    return rows.of_person(making.rules, making.order.kind, number, born, found)
