"""The chores that tell: persons by messages, and whoever is outside by the outbox."""

from datetime import timedelta
from functools import partial

from consent.outbox import OutboxKind
from pds.bank.delivering import DELIVER, DELIVER_MAIL, deliver
from pds.bank.housekeeping import Chore
from pds.bank.mailing import COLLECT, collect
from pds.bank.telling import (
    REMIND,
    TELL_DISCLOSED,
    TELL_ROUNDS,
    Reminding,
    delete_old_messages,
    tell_disclosed,
    tell_rounds,
)
from pds.bank.watching_promises import promise_chores


def telling_chores() -> list[Chore]:
    """Return the chores of messages; a long round holds up no other chore."""
    return [
        *promise_chores(),
        Chore(TELL_ROUNDS, timedelta(seconds=10), tell_rounds),
        Chore(TELL_DISCLOSED, timedelta(seconds=10), tell_disclosed),
        Chore(REMIND, timedelta(seconds=10), Reminding().turn),
        Chore(COLLECT, timedelta(seconds=10), collect),
        Chore("delete old messages", timedelta(hours=1), delete_old_messages),
    ]


def delivery_chores() -> tuple[list[Chore], list[Chore]]:
    """Return the chores that wait for recipients, and those for mail servers."""
    second = timedelta(seconds=1)
    return (
        [Chore(DELIVER, second, partial(deliver, kind=OutboxKind.CALLBACK))],
        [Chore(DELIVER_MAIL, second, partial(deliver, kind=OutboxKind.MAIL))],
    )
