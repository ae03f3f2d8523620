"""Carrying out what follows a death: the erasure that two of the staff approved."""

from typing import Final

from pds.bank.bank import Bank
from pds.bank.erasing import erase
from pds.bank.one_by_one import one_by_one
from pds.rights.death import reports

ERASE_AFTER_DEATH: Final = "erase after death"
"""Name of the chore."""


def erase_approved(bank: Bank) -> int:
    """Erase the accounts whose erasure after death is approved; return how many.

    Run at once after the approval, and as a chore for what a kill left over. The number
    of the report, which the desk tells the heirs, becomes that of the certificate.
    """
    with bank.read() as view:
        found = reports.erasing(view)
    return one_by_one(
        bank,
        ERASE_AFTER_DEATH,
        found,
        lambda each: erase(
            bank, each.owner, actor=each.actor, certificate_id=each.report_id
        ),
    )
