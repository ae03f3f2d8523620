"""One term of office on the ethics board; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from consent.board_rule import MemberField, Seat
from pds.core.ids import AccountId


class MemberState(StrEnum):
    """Where a term of office stands."""

    NOMINATED = "nominated"
    SITTING = "sitting"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """Who shall sit.

    Attributes:
        account_id: an account with the board's role.
        name: as it is published.
        field: from which field the member comes.
        employer: where the member works.
        is_of_bank: whether that is this bank or a company of its group.
        term_from: first moment of the term.
        term_until: first moment after it.
    """

    account_id: AccountId
    name: str
    field: MemberField
    employer: str
    is_of_bank: bool
    term_from: datetime
    term_until: datetime

    def is_in_term(self, now: datetime) -> bool:
        """Say whether the term has begun and is not over."""
        return self.term_from <= now < self.term_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One term of office.

    Attributes:
        seated_by: `constitution`, or the id of the board's decision.
        conflicts: recipients about which the member may not decide.
    """

    member_id: UUID
    nomination: Nomination
    state: MemberState
    nominated_by: str
    seated_at: datetime | None
    seated_by: str | None
    ended_at: datetime | None
    conflicts: frozenset[str]

    def sits(self, now: datetime) -> bool:
        """Say whether the member is in office now."""
        is_seated = self.state is MemberState.SITTING
        return is_seated and self.nomination.is_in_term(now)

    @property
    def seat(self) -> Seat:
        """What the count needs to know."""
        term = self.nomination
        return Seat(self.member_id, term.field, term.is_of_bank)
