"""Withdrawals by 16 clients while 16 others read the same persons, without HTTP.

A withdrawal ends a consent with everything that follows from it in one unit of work.
Afterwards the log is asked whether anything was released behind the end of its consent.
"""

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter

from audit import subject
from audit.leaf import EventType
from consent import ledger
from pds.bank.bank import Bank
from pds.cli.bench.disclosing import new_call
from pds.cli.bench.table import Figure
from pds.cli.bench.timing import percentile, together
from pds.cli.bench.world import Caller, populate
from pds.core.errors import BankError
from pds.core.ids import ConsentId, OwnerId
from pds.disclosure.call import Released
from pds.disclosure.question import Question
from pds.rights import withdrawal

CLIENTS = 16


def measure(bank: Bank, thumbprint: bytes, *, each: int = 20) -> list[Figure]:
    """Return the 99th percentile of withdrawals, and what was released after them.

    Args:
        bank: an empty bank.
        thumbprint: of the key that tokens are bound to.
        each: withdrawals of each client.
    """
    callers = populate(bank, CLIENTS * each, thumbprint)
    begun = [(caller, _second_page(bank, caller, thumbprint)) for caller in callers]
    over, taken, reads = threading.Event(), list[float](), list[int]()
    readers = [
        partial(_read, bank, begun[n::CLIENTS], thumbprint, over, reads)
        for n in range(CLIENTS)
    ]
    leaving = [
        partial(_withdraw, bank, callers[n::CLIENTS], taken) for n in range(CLIENTS)
    ]
    together([*readers, *_last_ends(leaving, over)])
    later = sum(later_releases(bank, each.owner) for each in callers)
    against = f"{len(taken)} withdrawals, {sum(reads)} reads by {CLIENTS} others"
    p99 = percentile(taken, 0.99) * 1e3
    return [
        Figure("withdrawal_p99_ms", p99, "ms", against),
        Figure("withdrawal_later_releases", later, "", against),
    ]


def later_releases(bank: Bank, owner: OwnerId) -> int:
    """Return how many releases the log has behind the end of their consent."""
    with bank.read() as snap:
        entries = subject.page(snap, bank.keys, owner, after=None, limit=500).entries
    ends = {
        each.detail.fields["consent_id"]: each.index
        for each in entries
        if each.detail.fields.get("reasons") == "withdrawn"
    }
    return sum(
        each.leaf["typ"] == EventType.DISCLOSURE_RELEASED
        and (each.index or 0) > (ends[each.detail.fields["consent_id"]] or 0)
        for each in entries
    )


def _second_page(bank: Bank, caller: Caller, thumbprint: bytes) -> Question:
    call = new_call(bank, caller, thumbprint)
    answer = bank.disclosure.page(call, Question(limit=1))
    if not isinstance(answer, Released):
        raise TypeError("The world that is measured permits every fetch.")
    return Question(limit=1, cursor=json.loads(answer.body)["next"])


def _read(
    bank: Bank,
    begun: Sequence[tuple[Caller, Question]],
    thumbprint: bytes,
    over: threading.Event,
    reads: list[int],
) -> None:
    count = 0
    while not over.is_set():
        for caller, question in begun:
            with suppress(BankError):
                call = new_call(bank, caller, thumbprint)
                answer = bank.disclosure.page(call, question)
                count += isinstance(answer, Released)
    reads.append(count)


def _withdraw(bank: Bank, callers: Sequence[Caller], taken: list[float]) -> None:
    for caller in callers:
        with bank.read() as snap:
            (consent,) = ledger.every(snap, caller.owner)
        began = perf_counter()
        _leave(bank, caller.owner, consent.consent_id)
        taken.append(perf_counter() - began)


def _leave(bank: Bank, owner: OwnerId, consent_id: ConsentId) -> None:
    bank.unit_of_work(lambda work: withdrawal.withdraw(work, owner, consent_id))


def _last_ends(
    acts: Sequence[Callable[[], None]], over: threading.Event
) -> list[Callable[[], None]]:
    """Return acts of which the last one that is done says that all is over."""
    left, lock = [len(acts)], threading.Lock()

    def counted(act: Callable[[], None]) -> None:
        try:
            act()
        finally:
            with lock:
                left[0] -= 1
                if not left[0]:
                    over.set()

    return [partial(counted, act) for act in acts]
