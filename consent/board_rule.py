"""When the ethics board has decided: the quorum rule as data, and the count; pure.

The yes votes are counted against all members who may decide, not against those who
came first, so that no later ballot could have turned the result (G-04, G-09). Floors
in this module hold whatever a rule says: three members, more than half.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from audit.canonical import canonical

_LEAST_PRESENT: Final = 3
_MOST_PRESENT: Final = 50
_HALF: Final = Fraction(1, 2)
_DAYS: Final = {"proposal_days": 90, "stop_days": 60, "review_days": 1096}
_LONGEST: Final = 4000


class MemberField(StrEnum):
    """From which field a member of the board comes (G-04)."""

    ENGINEER = "engineer"
    SECURITY = "security"
    LAWYER = "lawyer"
    DATA_ETHICS = "data-ethics"
    CONSUMER = "consumer"
    MEDICAL = "medical"
    OTHER = "other"


class Vote(StrEnum):
    """What a member says to a proposal; each makes the member present."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRule:
    """When a proposal is carried.

    Attributes:
        minimum_present: least number of members who must have voted.
        required_fields: fields that must be among them.
        majority: the yes votes are more than this share of all who may decide.
        medical_seat: whether special-care health data needs the medical field (X-05).
        proposal_days: days after which an open proposal lapses.
        stop_days: days in which the board shall confirm or lift a stop.
        review_days: days after which a decision is looked at again (G-07).
        rationale: why, in Japanese and in English.
    """

    minimum_present: int
    required_fields: tuple[MemberField, ...]
    majority: Fraction
    medical_seat: bool
    proposal_days: int
    stop_days: int
    review_days: int
    rationale: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """Return the rule as it is written down."""
        return {
            "version": 1,
            "minimum_present": self.minimum_present,
            "required_fields": [each.value for each in self.required_fields],
            "majority": [self.majority.numerator, self.majority.denominator],
            "medical_seat": self.medical_seat,
            "proposal_days": self.proposal_days,
            "stop_days": self.stop_days,
            "review_days": self.review_days,
            "rationale": dict(self.rationale),
        }

    def yes_needed(self, deciding: int) -> int:
        """Return how many yes votes carry among so many who may decide."""
        return int(self.majority * deciding) + 1


@dataclass(frozen=True, slots=True)
class Seat:
    """One member who may decide on the matter at hand."""

    member_id: UUID
    field: MemberField
    is_of_bank: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far a proposal is.

    Attributes:
        present: how many voted who may decide.
        missing_present: how many more must vote.
        missing_fields: fields that nobody present comes from yet.
        missing_yes: how many more yes votes are needed.
        bank_is_many: whether staff of the bank are half of those present, or more.
        is_defeated: whether the yes votes cannot be reached any more.
    """

    present: int
    missing_present: int
    missing_fields: tuple[MemberField, ...]
    missing_yes: int
    bank_is_many: bool
    is_defeated: bool

    @property
    def is_carried(self) -> bool:
        """Whether the proposal is a decision now."""
        lacks = (self.missing_present, self.missing_fields, self.missing_yes)
        return not any(lacks) and not self.bank_is_many


def tally(
    rule: BoardRule,
    seats: Collection[Seat],
    ballots: Mapping[UUID, Vote],
    *,
    is_medical: bool = False,
) -> Tally:
    """Count the ballots of members who may decide; all others are as if not cast.

    Args:
        rule: the rule in force.
        seats: members in term and without a conflict in this matter.
        ballots: votes by member.
        is_medical: whether special-care health data is concerned.
    """
    present = [seat for seat in seats if seat.member_id in ballots]
    votes = [ballots[seat.member_id] for seat in present]
    yes, needed = votes.count(Vote.YES), rule.yes_needed(len(seats))
    fields = {seat.field for seat in present}
    wanted = dict.fromkeys(rule.required_fields)
    if is_medical and rule.medical_seat:
        wanted[MemberField.MEDICAL] = None
    of_bank = sum(seat.is_of_bank for seat in present)
    return Tally(
        present=len(present),
        missing_present=max(0, rule.minimum_present - len(present)),
        missing_fields=tuple(field for field in wanted if field not in fields),
        missing_yes=max(0, needed - yes),
        bank_is_many=bool(present) and 2 * of_bank >= len(present),
        is_defeated=yes + len(seats) - len(present) < needed,
    )


def can_decide(rule: BoardRule, seats: Collection[Seat]) -> bool:
    """Say whether some of these members could decide something if they agreed.

    Those of the bank count only while they are fewer than half of who votes, so as many
    of them stay away as need be; those whose field nobody else has come first.
    """
    outside = [seat for seat in seats if not seat.is_of_bank]
    of_bank = [seat for seat in seats if seat.is_of_bank]
    lacking = set(rule.required_fields) - {seat.field for seat in outside}
    by_field = {seat.field: seat for seat in of_bank if seat.field in lacking}
    needed = list(by_field.values())
    others = [seat for seat in of_bank if seat not in needed]
    voting = [*outside, *[*needed, *others][: max(0, len(outside) - 1)]]
    return tally(rule, seats, {seat.member_id: Vote.YES for seat in voting}).is_carried


def read(document: Mapping[str, Any]) -> BoardRule:
    """Read a rule.

    Raises:
        ValueError: a member is missing, unknown, or beyond what any rule may say.
        KeyError: the same, of a member without which nothing can be read.
    """
    rule = BoardRule(
        minimum_present=int(document["minimum_present"]),
        required_fields=tuple(MemberField(x) for x in document["required_fields"]),
        majority=_share(document["majority"]),
        medical_seat=document["medical_seat"] is True,
        **{name: int(document[name]) for name in _DAYS},
        rationale=_rationale(document["rationale"]),
    )
    _check(rule)
    if rule.document() != dict(document):
        raise ValueError("The rule says something that this version cannot read.")
    return rule


def digest_text(rule: BoardRule) -> bytes:
    """Return the bytes that stand for the rule where it is hashed."""
    return canonical(rule.document())


def _share(pair: Any) -> Fraction:
    above, below = pair
    return Fraction(int(above), int(below)) if below else Fraction(0)


def _rationale(texts: Mapping[str, Any]) -> dict[str, str]:
    found = {language: str(texts[language]).strip() for language in ("ja", "en")}
    if not all(0 < len(text) <= _LONGEST for text in found.values()):
        raise ValueError("The rule needs its reasons in two languages.")
    return found


def _check(rule: BoardRule) -> None:
    if not _LEAST_PRESENT <= rule.minimum_present <= _MOST_PRESENT:
        raise ValueError(f"At least {_LEAST_PRESENT} members must be present.")
    if not _HALF <= rule.majority < 1:
        raise ValueError("More than half of all members must say yes.")
    fields = rule.required_fields
    if not fields or len(set(fields)) != len(fields):
        raise ValueError("At least one field is required, each once.")
    for name, most in _DAYS.items():
        if not 1 <= getattr(rule, name) <= most:
            raise ValueError(f"{name} is 1 to {most}.")


FOUNDING: Final = read(
    json.loads(
        files(__package__).joinpath("board_rule.json").read_text(encoding="utf-8")
    )
)
"""The rule that holds until the board has adopted one; it is to be adopted too."""
