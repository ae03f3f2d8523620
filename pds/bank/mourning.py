"""Carrying out what follows a death: the erasure that two of the staff approved."""

from contextlib import suppress

from pds.bank.bank import Bank
from pds.bank.erasing import erase
from pds.core.errors import Conflict
from pds.rights.death import reports


def erase_approved(bank: Bank) -> int:
    """Erase the accounts whose erasure after death is approved; return how many.

    Run at once after the approval, and as a chore for what a kill left over. The number
    of the report, which the desk tells the heirs, becomes that of the certificate.
    """
    with bank.read() as view:
        found = reports.erasing(view)
    erased = 0
    for each in found:
        # Another process may have been faster.
        with suppress(Conflict):
            erase(bank, each.owner, actor=each.actor, certificate_id=each.report_id)
            erased += 1
    return erased
