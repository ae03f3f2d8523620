"""The end of a mandate, with everything that the bank gave under it (D-01)."""

from contextlib import suppress

from audit.work import Work
from consent import mandates
from consent.mandate_record import MandateEnding
from consent.mandates import Mandate
from pds.accounts.in_use import require_in_use
from pds.core.errors import Conflict
from pds.core.ids import OwnerId


def end(work: Work, owner: OwnerId) -> Mandate:
    """End the person's mandate, at any time and without a reason.

    Raises:
        Forbidden: `accounts.closed`.
        Conflict: `mandate.none`; no mandate stands.
    """
    require_in_use(work, owner)
    return mandates.end(work, owner)


def close(work: Work, owner: OwnerId) -> None:
    """End the mandate of somebody whose account is closed; none is no error."""
    with suppress(Conflict):
        mandates.end(work, owner, ending=MandateEnding.CLOSING)
