"""Making data sets in the background: person by person, then the whole (X-17, X-18).

Which number stands for which person is in the memory of one call of `_make` and is gone
with it: it is never written to a table, a file or the log's text.
"""

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from random import SystemRandom
from uuid import UUID

import structlog

from audit.work import Work
from pds.bank.bank import Bank
from pds.core.errors import BankError, Forbidden, NotFound, Unavailable
from pds.core.ids import OwnerId
from pds.core.logging import describe
from pds.crypto.errors import EnvelopeError
from pds.datasets import choices, chunks, reading, register, rows, suppressing, writing
from pds.datasets.orders import DataSet
from pds.datasets.rows import Row
from pds.keys.errors import KeyUnavailable

log = structlog.get_logger()

_PAGE = 50
"""Persons between two renewals of the lease."""


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
    except BankError as error:
        log.warning("data set not made", **describe(error))
        # A store that is away comes back, and the lease ends by itself.
        if error.code != register.LOST and not isinstance(error, Unavailable):
            bank.unit_of_work(partial(register.fail, making=making))
        return False


def _make(bank: Bank, making: DataSet) -> bool:
    order, rules = making.order, making.rules
    found = list(_rows(bank, making))
    kept = suppressing.suppress(rules, order.kind, order.k, found)
    if not kept:
        bank.unit_of_work(partial(register.fail, making=making))
        return False
    head = writing.Head(
        kind=order.kind,
        k=order.k,
        first_month=order.first_month,
        last_month=order.last_month,
    )
    lines, digest = writing.lines(rules, head, kept, bank.ids.secret), sha256()
    for no, chunk in enumerate(writing.chunks(lines), 1):
        digest.update(chunk)
        bank.unit_of_work(
            partial(register.add_chunk, making=making, no=no, chunk=chunk)
        )
    bank.unit_of_work(
        partial(
            register.complete, making=making, rows=len(kept), digest=digest.digest()
        )
    )
    return True


def _rows(bank: Bank, making: DataSet) -> Iterator[Row]:
    owners = _agreed(bank)
    # The log must not tell by its order who is who from one set to the next.
    SystemRandom().shuffle(owners)
    for number, owner in enumerate(owners, 1):
        yield from _of(bank, making, owner, number)
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


def _of(bank: Bank, making: DataSet, owner: OwnerId, number: int) -> list[Row]:
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
            found = reading.read(snap, bank.vault, owner, making)
    except (EnvelopeError, KeyUnavailable, NotFound) as error:
        log.warning("person left out of a data set", **describe(error))
        return []
    return rows.of_person(making.rules, making.order.kind, number, born, found)
