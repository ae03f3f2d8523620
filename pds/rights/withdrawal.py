"""Withdrawal: consent, authorisations under it and fence, in one act (C-04).

Once the unit of work has committed, no disclosure commits under the consent: its state
says so, its tokens are dead, and whatever was decided before meets another fence. No
reason is asked and nothing is lost by it.
"""

from audit.work import Work
from consent import service
from consent.oauth import grants
from consent.steps import Step
from pds.core.ids import ConsentId, OwnerId


def withdraw(
    work: Work,
    owner: OwnerId,
    consent_id: ConsentId,
    *,
    actor: str = service.PERSON,
) -> Step:
    """End a consent and everything that was authorised under it.

    Raises:
        NotFound: `consent.unknown`.
        Conflict: `consent.not-possible-now`; it has ended already.
    """
    step = service.withdraw(work, owner, consent_id, actor=actor)
    grants.end_of_consent(work, owner, consent_id)
    return step
