"""Chores of the entrusted judgement, and of what persons are told about instructions.

Each person is a unit of work of their own. What fails is put off for an hour, so that
one person in trouble does not stop the others; nothing was given then.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from audit.work import Work
from consent import (
    announcing,
    carrying_out,
    class_changes,
    instruction_register,
    judgements,
    objection_time,
    objection_window,
)
from consent.announcing import EVERY, Manner
from consent.class_changes import ClassChange
from consent.judgements import KeptJudgement
from consent.objection_time import Beat
from pds.bank.bank import Bank
from pds.bank.one_by_one import note_failure, one_by_one
from pds.bank.party import party
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.core.logging import describe
from pds.keys.errors import KeyUnavailable

log = structlog.get_logger()

TELL_OF_CLASSES = "tell of classes"
_MOST = 100
"""Persons, or announcements, that a turn does; the rest waits for the next."""


_SETTLED = ("judgement.settled", "judgement.not-due")


def look_for_offers(bank: Bank) -> int:
    """Judge live offers for persons who allow something; return how many persons."""
    with bank.read() as view:
        due = instruction_register.due(view, limit=_MOST)
    for owner in due:
        act = partial(announcing.look, owner=owner, manner=manner(bank))
        _try(bank, act, partial(_look_later, owner))
    return len(due)


def carry_out_judgements(bank: Bank) -> int:
    """Carry out announcements that nobody objected to in time; return how many.

    None while the clock is ahead (ADR 17). A clock that jumps less far cuts no time to
    object short either, since it is counted (`consent.objection_time`).
    """
    if bank.clock_is_ahead():
        return 0
    with bank.read() as view:
        due = objection_window.due(view, limit=_MOST)
    for found in due:
        act = partial(carrying_out.carry_out, found=found, manner=manner(bank))
        _try(bank, act, partial(_put_off, found))
    return len(due)


class ObjectionCounter:
    """Counts for one process how much time really passes for persons to object in."""

    def __init__(self) -> None:
        self._holder: UUID | None = None
        self._last: Beat | None = None

    def __call__(self, bank: Bank) -> None:
        """Count on, if anybody can object to anything now."""
        with bank.read() as view:
            if not objection_window.any_waits(view):
                return
        holder = self._holder = self._holder or bank.ids.new()
        self._last = bank.unit_of_work(
            partial(
                objection_time.beat,
                holder=holder,
                last=self._last,
                monotonic=bank.clock.monotonic,
            )
        )


def tell_of_classes(bank: Bank) -> int:
    """Tell persons whose instructions name a class that a recipient left or came to.

    Returns how many were. A kill leaves nobody out and tells nobody twice; whom an
    entry cannot be made for is counted as a failure and told on home alone.
    """
    with bank.read() as view:
        change = class_changes.pending(view)
        if change is None:
            return 0
        asked = class_changes.instructing(view, change.announced_to, limit=_MOST)
        told = [each for each in asked if _is_concerned(bank, view, change, each)]
    act = partial(class_changes.tell, change=change)
    one_by_one(
        bank,
        TELL_OF_CLASSES,
        told,
        lambda owner: bank.unit_of_work(partial(act, owner=owner)),
    )
    bank.unit_of_work(partial(_go_on, change, asked))
    return len(told)


def _is_concerned(
    bank: Bank, view: Snapshot, change: ClassChange, owner: OwnerId
) -> bool:
    try:
        held = instruction_register.current(view, bank.keys, owner)
    except KeyUnavailable:
        # The account was erased meanwhile, and nobody is left to tell.
        return False
    return change.concerns(held.instructions)


def _go_on(change: ClassChange, asked: Sequence[OwnerId], work: Work) -> None:
    if len(asked) < _MOST:
        class_changes.finish(work, change)
    else:
        class_changes.reach(work, change, asked[-1])


def manner(bank: Bank) -> Manner:
    """Return how this bank judges, from its settings."""
    window = timedelta(hours=bank.settings.objection_hours)
    return Manner(party(bank.settings), window, bank.profile)


def _try(
    bank: Bank, act: Callable[[Work], object], later: Callable[[Work], None]
) -> None:
    try:
        bank.unit_of_work(act)
    except Exception as error:  # noqa: BLE001 - nobody is to wait for another
        if isinstance(error, Conflict) and error.code in _SETTLED:
            # Whoever was faster, person or another process, has settled it.
            log.info("judgement settled elsewhere")
            return
        note_failure(bank, "entrusted judgements")
        log.warning("judgement put off", **describe(error))
        bank.unit_of_work(later)


def _look_later(owner: OwnerId, work: Work) -> None:
    instruction_register.look_again(work, owner, work.now + EVERY)


def _put_off(found: KeptJudgement, work: Work) -> None:
    judgements.put_off(work, found, work.now + EVERY)
