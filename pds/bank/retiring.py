"""Lets details go whose time of record keeping is over; one act per person."""

from functools import partial

import structlog

from audit import known_time, retention
from audit.errors import VerificationError
from pds.bank.bank import Bank
from pds.core.errors import BankError
from pds.core.logging import describe

log = structlog.get_logger()

_PAGE = 50
_MOST = 200
"""Acts of one turn; the rest waits for the next."""


def destroy_details(bank: Bank) -> int:
    """Destroy audit keys whose time has come; return how many.

    Whoever's entries do not hold together is left as they are, and stops nobody
    else's; the census names what is wrong. While the clock is too far ahead to be
    believed nothing goes.
    """
    acts = destroyed = 0
    after = None
    while acts < _MOST:
        with bank.read() as view:
            found = retention.due(view, after=after, limit=_PAGE)
            is_ahead = known_time.is_ahead(view)
        if not found:
            break
        if is_ahead:
            log.warning("details not destroyed", error="clock.ahead")
            break
        for each in found:
            after = each.place
            done = _retire(bank, each)
            acts += done > 0
            destroyed += done
    return destroyed


def _retire(bank: Bank, each: retention.Due) -> int:
    try:
        return bank.unit_of_work(partial(retention.retire, owner=each.owner))
    except (BankError, VerificationError) as error:
        log.warning("details not destroyed", **describe(error))
        return 0
