"""Withdrawal: everything that follows from it, in one act (C-04, N-07).

The unit of work ends the consent, its grants and tokens; bumps the person's fence;
takes back what waited to be told under it; and puts down the leaf, the sealed event,
the mark in the cohort of its offer and the word to the recipient. Once it has
committed, no disclosure commits under the consent; until then nothing of it has
happened. No reason is asked and nothing is lost by it.
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
