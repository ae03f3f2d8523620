"""Many things of one kind that are due: each by itself, so that none stops another."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from pds.bank.bank import Bank
from pds.core.logging import describe

T = TypeVar("T")

log = structlog.get_logger()


def one_by_one(
    bank: Bank, chore: str, items: Iterable[T], act: Callable[[T], object]
) -> int:
    """Do an act for each thing; return for how many it went well.

    What fails is left for the next turn of the chore. It is counted under the chore's
    name and logged by the kind of error alone, never by whose it is.
    """
    done = 0
    for each in items:
        try:
            act(each)
        except Exception as error:  # noqa: BLE001 - one must not end the others
            note_failure(bank, chore)
            log.warning("part of a chore failed", kind=chore, **describe(error))
        else:
            done += 1
    return done


def note_failure(bank: Bank, chore: str) -> None:
    """Count a failure of a chore, or of a part of it."""
    bank.chores_failed[chore] = bank.chores_failed.get(chore, 0) + 1
