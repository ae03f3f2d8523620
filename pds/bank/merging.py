"""Keeps the index of handles in few sorted runs; one unit of work for each step."""

from typing import Final

from audit import handle_runs
from audit.work import Work
from pds.bank.bank import Bank

_MOST: Final = 100
"""Steps of one turn, some 200,000 handles; the rest waits for the next."""


def merge_handles(bank: Bank) -> int:
    """Merge handles that have become a full run; return how many steps it took.

    Two processes that do it at once do a step less each, or one that finds nothing.
    """
    for done in range(_MOST):
        with bank.read() as view:
            if handle_runs.due(view.connection) is None:
                return done
        bank.unit_of_work(_step)
    return _MOST


def _step(work: Work) -> None:
    handle_runs.step(work.connection)
