"""Makes the transparency report of each month once the month is closed."""

from datetime import date
from functools import partial
from typing import Final

from pds.bank.bank import Bank
from pds.bank.one_by_one import one_by_one
from pds.bank.statistics import last_month
from pds.bank.transparency import register, report
from pds.core.clock import TOKYO
from pds.crypto import statement
from pds.crypto.statement import StatementKey

MAKE_REPORTS: Final = "make transparency reports"


def make_reports(bank: Bank) -> None:
    """Make every report that is missing, each in a unit of work of its own."""
    with bank.read() as view:
        last = last_month(view.now.astimezone(TOKYO).date())
        missing = register.missing(view, last)
    one_by_one(bank, MAKE_REPORTS, missing, partial(_make, bank))


def signing_key(bank: Bank) -> StatementKey:
    """Return the key that reports are signed with."""
    return StatementKey(bank.secret(statement.SECRET_NAME))


def _make(bank: Bank, first: date) -> None:
    # Counting takes long; a closed month stays as it is, so it needs no lock.
    with bank.read() as view:
        body = report.compose(view, first, bank.settings.data_set_k)
    key = signing_key(bank)
    bank.unit_of_work(lambda work: register.keep(work, first, body, key))
