"""The end of a mandate, with everything that the bank gave under it (D-01)."""

from contextlib import suppress

from audit.work import Work
from consent import announcing, mandates
from consent.mandate_record import MandateEnding
from consent.mandates import Mandate
from pds.accounts.in_use import require_in_use
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.rights import withdrawal


def end(work: Work, owner: OwnerId) -> Mandate:
    """End the person's mandate, at any time and without a reason.

    Raises:
        Forbidden: `accounts.closed`.
        Conflict: `mandate.none`; no mandate stands.
    """
    require_in_use(work, owner)
    ended = mandates.end(work, owner)
    announcing.lapse_all(work, owner)
    for consent_id in announcing.given(work, owner):
        withdrawal.withdraw(work, owner, consent_id)
    return ended


def close(work: Work, owner: OwnerId) -> None:
    """End the mandate of somebody whose account is closed; none is no error."""
    announcing.lapse_all(work, owner)
    with suppress(Conflict):
        mandates.end(work, owner, ending=MandateEnding.CLOSING)
