"""What time does to what recipients owe: reminders, overdue duties and benefits.

One at a time and each in a unit of work of its own, so that a kill loses nothing and a
second worker finds it done. A clock that is not believed does nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

from audit.work import Work
from consent import benefits, duties
from pds.bank.bank import Bank
from pds.bank.housekeeping import Chore
from pds.bank.one_by_one import one_by_one
from pds.core.errors import Conflict

WATCH_DUTIES = "watch duties"
WATCH_BENEFITS = "watch benefits"
_MOST = 200

T = TypeVar("T")


def promise_chores() -> list[Chore]:
    """Return the chores about what recipients owe."""
    return [
        Chore(WATCH_DUTIES, timedelta(minutes=1), watch_duties),
        Chore(WATCH_BENEFITS, timedelta(minutes=1), watch_benefits),
    ]


def watch_duties(bank: Bank) -> None:
    """Remind recipients of what is due soon, and note what is overdue."""
    with bank.read() as view:
        soon, over = duties.due(view, limit=_MOST)
    one_by_one(bank, WATCH_DUTIES, soon, partial(_do, bank, duties.remind))
    one_by_one(bank, WATCH_DUTIES, over, partial(_do, bank, duties.make_overdue))


def watch_benefits(bank: Bank) -> None:
    """Note which benefits are due, and which are overdue."""
    with bank.read() as view:
        due = benefits.due(view, limit=_MOST)
    one_by_one(bank, WATCH_BENEFITS, due, partial(_do, bank, benefits.go_on))


def _do(bank: Bank, act: Callable[[Work, T], bool], item: T) -> None:
    # A clock that ran ahead meanwhile does nothing; it is no failure of the chore.
    with suppress(Conflict):
        bank.unit_of_work(lambda work: act(work, item))
