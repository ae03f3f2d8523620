"""What follows for the recipient from the end of a consent; pure.

The end itself is one unit of work, whoever orders it (`consent.steps.take`): state,
fence, leaf, event, cohort, what waited to be told under it and is not any more, and the
word of the end to the recipient. Grants and tokens are ended in it by whoever calls
(`pds.rights.withdrawal`). A duty to delete begins with the day that is said here.
"""

from datetime import datetime, timedelta

from consent.states import ConsentState
from consent.terms import Afterwards, DataProvision


def delete_by(
    provision: DataProvision, state: ConsentState, ended_at: datetime
) -> datetime | None:
    """Return until when data given under ended terms has to be deleted (N-07, R-09).

    Time that ends a consent is no withdrawal: each record then has its own day, so many
    days after it came (`retention_days`), and None is returned as where the terms ask
    for no deletion.
    """
    after = provision.after_withdrawal
    if state is ConsentState.EXPIRED or after.action is not Afterwards.DELETE:
        return None
    return ended_at + timedelta(days=after.within_days or 0)
