"""Delivers what waits in the outbox: events to recipients, mail to persons.

One turn takes what is due by a lease, in a unit of work; sends it outside any
transaction, targets side by side and the rows of one target in a row; and settles each
row in a unit of work of its own, so that a kill between two steps costs at most one
repeat under the same id. A target that cannot be reached is asked once in a turn: the
other rows of it wait as if they had been tried. What a turn has no time for is left to
the next, when its lease is over.

Nothing of the content reaches the operator's log, which names the kind and the code.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from audit.canonical import canonical
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import leasing, outbox
from consent.outbox import Entered, OutboxKind
from pds.bank import callbacks, mailing
from pds.bank.bank import Bank
from pds.bank.callbacks import CallbackFailed
from pds.bank.one_by_one import note_failure
from pds.bank.outward import Outward, lookup
from pds.core.errors import BankError
from pds.core.logging import describe
from pds.crypto import statement
from pds.crypto.errors import EnvelopeError
from pds.crypto.statement import StatementKey
from pds.keys.errors import KeyUnavailable

DELIVER: Final = "deliver"
DELIVER_MAIL: Final = "deliver mail"
ACKNOWLEDGED: Final = "event.acknowledged"
"""The action of the entry that tells of an event that its recipient acknowledged."""
GIVEN_UP: Final = "event.given-up"
"""The action of the entry that tells of one that was given up."""
_MOST: Final = 100
"""Rows that a turn takes."""
_AT_ONCE: Final = 8
_OF_ONE: Final = 10
"""Rows of one recipient's software that a turn takes, so that a slow one with many
holds up nobody else; mail has one server, and turns of its own."""
_SECONDS: Final = 30.0
"""After which a turn begins with no further row; well within a lease."""
_UNREACHED: Final = ("callback.unreachable", "callback.none", "mail.unreachable")

log = structlog.get_logger()


def deliver(bank: Bank, kind: OutboxKind) -> int:
    """Deliver what is due by one way; return how many rows were told."""
    with bank.read() as view:
        if not leasing.any_due(view, kind):
            return 0
    of_one = _MOST if kind is OutboxKind.MAIL else _OF_ONE
    taken = bank.unit_of_work(
        lambda work: leasing.take(work, kind, limit=_MOST, of_one=of_one)
    )
    groups: dict[tuple[str, ...], list[Entered]] = defaultdict(list)
    for each in taken:
        groups[_target(each)].append(each)
    until = bank.clock.monotonic() + _SECONDS
    with ThreadPoolExecutor(_AT_ONCE, "deliver") as pool:
        return sum(pool.map(partial(_group, bank, until=until), groups.values()))


def deliver_all(bank: Bank) -> int:
    """Deliver until nothing is due any more; return how many rows were told."""
    told = 0
    while True:
        with bank.read() as view:
            due = [each for each in OutboxKind if leasing.any_due(view, each)]
        if not due:
            return told
        told += sum(deliver(bank, each) for each in due)


def _target(found: Entered) -> tuple[str, ...]:
    return (found.kind.value, found.recipient_id or "", found.client_id or "")


def _group(bank: Bank, rows: Sequence[Entered], *, until: float) -> int:
    """Deliver the rows of one target; return how many were told."""
    told, unreached = 0, None
    for each in rows:
        if bank.clock.monotonic() > until:
            break
        failure = unreached or _try(bank, each)
        unreached = failure if failure in _UNREACHED else None
        told += failure is None
        _settle(bank, each, failure)
    return told


def _try(bank: Bank, found: Entered) -> str | None:
    """Send one row; return the code of what went wrong, None if nothing did."""
    send = _callback if found.kind is OutboxKind.CALLBACK else mailing.send
    try:
        send(bank, found)
    except (CallbackFailed, mailing.MailFailed) as failed:
        return failed.code
    except (KeyUnavailable, EnvelopeError):
        return "key.destroyed"
    except Exception as error:  # noqa: BLE001 - one must not end the others
        note_failure(bank, DELIVER)
        log.warning("not delivered", kind=found.kind.value, **describe(error))
        return "delivery.error"
    return None


def _callback(bank: Bank, found: Entered) -> None:
    settings = bank.settings
    with bank.read() as view:
        client_id, url = callbacks.target(view, found)
        said = outbox.opened(view, bank.keys, found)
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    signed = callbacks.event(key, settings.issuer, client_id, found, said)
    outward = Outward(settings.is_local, lookup)
    answer = callbacks.send(outward, url, signed)
    with bank.read() as view:
        callbacks.require_acknowledged(view, settings.issuer, client_id, found, answer)


def _settle(bank: Bank, found: Entered, failure: str | None) -> None:
    """Note what became of a row; what cannot be noted is sent again after its lease."""
    try:
        bank.unit_of_work(_settling(bank, found, failure))
    except BankError as error:
        note_failure(bank, DELIVER)
        log.warning("delivery not noted", kind=found.kind.value, **describe(error))
    if failure is not None:
        note_failure(bank, DELIVER)
        log.info("not delivered yet", kind=found.kind.value, code=failure)


def _settling(
    bank: Bank, found: Entered, failure: str | None
) -> Callable[[Work], None]:
    period = timedelta(days=bank.settings.delivery.delivery_days)

    def act(work: Work) -> None:
        if failure is None:
            is_new = leasing.sent(work, found)
            action = ACKNOWLEDGED
        elif failure in _FOR_GOOD:
            is_new, action = leasing.give_up(work, found, failure), GIVEN_UP
            if is_new and failure == "mail.refused":
                mailing.refused(work, found)
        else:
            is_new = leasing.failed(work, found, failure, period)
            action = GIVEN_UP
        if is_new and found.kind is OutboxKind.CALLBACK:
            _record(work, found, action)

    return act


_FOR_GOOD: Final = ("key.destroyed", "mail.refused", "mail.no-address")
"""Failures that no further attempt can mend."""


def _record(work: Work, found: Entered, action: str) -> None:
    named = {"event": found.topic, "message": str(found.outbox_id)}
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=found.owner,
            recipient=found.recipient_id,
            detail={
                "actor": "bank",
                "object": canonical(named).decode(),
                "reasons": action,
            },
        )
    )
