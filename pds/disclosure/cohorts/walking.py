"""The walk over the members of a cohort, for one page of it."""

from dataclasses import dataclass, field
from typing import Final

from consent import cohort
from consent.cohort import Member, Place
from consent.oauth.offer_tokens import OfferToken
from pds.core.database import Snapshot
from pds.core.errors import BankError
from pds.disclosure.call import Call
from pds.disclosure.cohorts.access import OfferAccess
from pds.disclosure.cohorts.asking import MOST_TOGETHER, CohortPage
from pds.disclosure.cohorts.cursors import Sweep
from pds.disclosure.cohorts.part import OVERLAP, DeniedPart, Parts, ReadyPart

_LOOKED_AT: Final = 4
"""Members that a page looks at for each of its persons, so that it ends in time."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A part that could not be made now.

    Attributes:
        subject: the name to ask again by; empty where it is not known that the person's
            consent lets anything go, since then nobody is told of the person.
    """

    access: OfferAccess
    subject: str


@dataclass(slots=True)
class Walked:
    """What a walk met.

    Attributes:
        parts: one for each person who has something new, or was denied.
        left: members who left since the last sweep.
        after: the place reached, if the cohort goes on.
    """

    parts: list[ReadyPart | DeniedPart | Failed] = field(default_factory=list)
    left: list[Member] = field(default_factory=list)
    after: Place | None = None
    records: int = 0

    def is_full(self, most: int) -> bool:
        """Say whether nobody else has room."""
        listed = [each for each in self.parts if isinstance(each, ReadyPart)]
        return len(listed) + len(self.left) >= most or self.records >= MOST_TOGETHER


def walk(
    snap: Snapshot,
    parts: Parts,
    call: Call,
    token: OfferToken,
    sweep: Sweep,
    wanted: CohortPage,
) -> Walked:
    """Make the parts of the next page.

    Args:
        snap: one consistent state for all of them.
        parts: makes each part.
        call: who asks.
        token: by what.
        sweep: where the walk stands.
        wanted: how much there may be.
    """
    walked, most = Walked(), wanted.persons * _LOOKED_AT
    left_since = None if sweep.since is None else sweep.since - OVERLAP
    members = cohort.walk(
        snap,
        token.offer_id,
        after=sweep.after,
        left_since=left_since,
        limit=most + 1,
    )
    for number, member in enumerate(members):
        if number == most or walked.is_full(wanted.persons):
            walked.after = members[number - 1].place
            break
        if member.left_at is not None:
            walked.left.append(member)
        elif member.owner is not None:
            access = OfferAccess(
                token, member.owner, member.consent_id, member.joined_at
            )
            _take(walked, snap, parts, call, access, sweep, wanted.records)
    return walked


def _take(
    walked: Walked,
    snap: Snapshot,
    parts: Parts,
    call: Call,
    access: OfferAccess,
    sweep: Sweep,
    limit: int,
) -> None:
    try:
        part = parts.of_sweep(snap, call, access, sweep, limit)
    except BankError:
        # One person's data that does not open keeps nobody else's from going.
        walked.parts.append(Failed(access, ""))
        return
    if part is not None:
        walked.parts.append(part)
    if isinstance(part, ReadyPart):
        walked.records += part.count
