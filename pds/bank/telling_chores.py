"""The chores that tell: persons by messages, and whoever is outside by the outbox."""

from datetime import timedelta

from pds.bank.delivering import DELIVER, deliver
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


def delivery_chores() -> list[Chore]:
    """Return the chore that waits for recipients and for mail servers."""
    return [Chore(DELIVER, timedelta(seconds=1), deliver)]
