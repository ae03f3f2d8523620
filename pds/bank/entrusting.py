"""Chores of the entrusted judgement: looking for offers, carrying out what was told.

Each person is a unit of work of their own. What fails is put off for an hour, so that
one person in trouble does not stop the others; nothing was given then.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog

from audit.work import Work
from consent import announcing, instruction_register, judgements
from consent.announcing import EVERY, Manner
from consent.judgements import KeptJudgement
from pds.bank.bank import Bank
from pds.bank.one_by_one import note_failure
from pds.bank.party import party
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.core.logging import describe

log = structlog.get_logger()

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

    None while the clock is ahead (ADR 17): it would cut the time to object short.
    """
    if bank.clock_is_ahead():
        return 0
    with bank.read() as view:
        due = judgements.due(view, limit=_MOST)
    for found in due:
        act = partial(announcing.carry_out, found=found, manner=manner(bank))
        _try(bank, act, partial(_put_off, found))
    return len(due)


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
