"""Judges in a person's place whether an offer is given, within instructions (D-06).

Pure and total: everything that it judges by is in its arguments, by value, so that the
same judgement can be made again by whoever checks it. Every reason is collected; the
gravest decides the outcome. What is never entrusted (X-01, X-10, X-12, X-14, V-01,
Z-01) is asked, whatever was instructed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from consent.counterpart import Counterpart, PastClass
from consent.instructions import Bound, Stance, StandingInstruction, forbids
from consent.terms import DataProvision
from pds.core.clock import TOKYO
from pds.core.vocabulary import DetailLevel, Sensitivity
from pds.core.vocabulary.countries import HOME
from pds.core.vocabulary.words import is_prefix

RULE_VERSION: Final = 2
"""Grows with every change of the rules; a record names the version that judged.

- *1*: the rules of the beginning. Classes of before, where a recipient is established
  and where its processors are were not looked at, and stand in no record.
- *2*: *ask* and *never* go with a recipient into another class; a recipient or a
  processor abroad is put before the person as giving data abroad is.
"""
_LOCATION: Final = "location"
_MAY_IMPLY: Final = (("purchase", DetailLevel.RECORD), ("purchase", DetailLevel.DAY))
"""What may tell of illness or belief, and at which detail (X-10): single purchases and
days of them; sums of a month do not."""


class JudgementOutcome(StrEnum):
    """What follows from a judgement."""

    GIVE = "give"
    ASK = "ask"
    REFUSE = "refuse"


class JudgementReason(StrEnum):
    """Why a judgement came out as it did; stable text."""

    NEVER = "instruction.never"
    NOT_PERMITTED = "gates.denied"
    MANDATE_NONE = "mandate.none"
    MANDATE_OUTDATED = "mandate.outdated"
    TERMS_UNDECIDED = "mandate.undecided"
    AGE_UNKNOWN = "person.age-unknown"
    UNDER_AGE = "person.under-age"
    AGENT = "person.agent"
    SPECIAL_CARE = "entrusted.special-care"
    SIGNIFICANT = "entrusted.significant-effect"
    LOCATION = "entrusted.location"
    MAY_IMPLY = "entrusted.may-imply"
    ABROAD = "entrusted.abroad"
    PROCESSOR_ABROAD = "entrusted.processor-abroad"
    ONWARD = "entrusted.onward"
    ANSWERED = "offer.answered"
    INSTRUCTED = "instruction.ask"
    NOT_ALLOWED = "instruction.none"
    BOUND_SENSITIVITY = "bound.sensitivity"
    BOUND_DETAIL = "bound.detail"
    BOUND_WINDOW = "bound.window"
    BOUND_RETENTION = "bound.retention"
    BOUND_VALIDITY = "bound.validity"
    BOUND_FORM = "bound.form"
    BOUND_COUNTRY = "bound.country"
    ALLOWED = "instruction.allow"


_R = JudgementReason
_REFUSING: Final = frozenset({_R.NEVER, _R.NOT_PERMITTED})
_BOUNDS: Final = {bound: _R(f"bound.{bound.value}") for bound in Bound}
_ORDER: Final = {reason: position for position, reason in enumerate(JudgementReason)}


@dataclass(frozen=True, slots=True)
class Item:
    """A category that would go, with its class of care at that time."""

    category: str
    sensitivity: Sensitivity


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is judged: an offer as it would be agreed to now.

    Attributes:
        past_classes: the classes that the recipient was of before.
        established_in: the country where the recipient is established.
        processors_in: the countries where processors of it would handle the data,
            sorted.
        items: every category that the terms cover.
        has_significant_effect: whether the purpose decides about the person (X-12).
    """

    offer_id: UUID
    offer_version: int
    recipient_id: str
    recipient_class: str
    terms: DataProvision
    items: tuple[Item, ...]
    has_significant_effect: bool
    past_classes: tuple[PastClass, ...] = ()
    established_in: str = HOME
    processors_in: tuple[str, ...] = ()

    @property
    def counterpart(self) -> Counterpart:
        """The recipient as instructions see it."""
        return Counterpart(self.recipient_id, self.recipient_class, self.past_classes)

    @property
    def sensitivity(self) -> Sensitivity:
        """The highest class of care."""
        return max(
            (each.sensitivity for each in self.items),
            key=lambda each: each.level,
            default=Sensitivity.PROHIBITED,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementFacts:
    """What is known of the person and of the recipient's side.

    Attributes:
        mandate_id: the mandate that stands; None for none.
        accepted_terms: version of the terms that the person accepted; 0 for none.
        terms_in_force: version that is in force; 0 for none.
        terms_approved: whether the board's decision about it is in force.
        instructions: all of the person's, in any order.
        adult_from: the day from which the person decides alone; None if unknown.
        has_agent: whether somebody may decide for the person.
        was_answered: whether the person said no to this version of the offer before,
            by refusing, withdrawing or objecting, or has a consent to it already.
        denied: reason codes of the gates of the recipient's side.
        contract_id: the contract that the terms would rest on.
        contract_version: its version.
        board_decisions: decisions in force behind it.
        profile: id of the certification profile.
        vocabulary: version of the categories.
        set_version: version of the set of instructions.
    """

    mandate_id: UUID | None
    accepted_terms: int
    terms_in_force: int
    terms_approved: bool
    instructions: tuple[StandingInstruction, ...]
    adult_from: date | None
    has_agent: bool
    was_answered: bool
    denied: tuple[str, ...] = ()
    contract_id: UUID | None = None
    contract_version: int = 0
    board_decisions: tuple[UUID, ...] = ()
    profile: str = ""
    vocabulary: int = 0
    set_version: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome with every reason, in the order of the register, none twice.

    Attributes:
        applied: instructions that bore on it, by id and version, sorted.
    """

    outcome: JudgementOutcome
    reasons: tuple[JudgementReason, ...]
    applied: tuple[tuple[UUID, int], ...]


def judge(proposal: Proposal, facts: JudgementFacts, now: datetime) -> Judgement:
    """Judge an offer in the person's place; never raises."""
    found = {
        *_of_mandate(facts),
        *_of_person(facts, now),
        *_of_matter(proposal),
        *_of_instructions(proposal, facts, now),
    }
    if facts.denied:
        found.add(_R.NOT_PERMITTED)
    if facts.was_answered:
        found.add(_R.ANSWERED)
    if found & _REFUSING:
        outcome = JudgementOutcome.REFUSE
    else:
        outcome = JudgementOutcome.ASK if found else JudgementOutcome.GIVE
    reasons = found or {_R.ALLOWED}
    return Judgement(
        outcome,
        tuple(sorted(reasons, key=_ORDER.__getitem__)),
        _applied(proposal, facts, now),
    )


def _of_mandate(facts: JudgementFacts) -> Iterator[JudgementReason]:
    if facts.mandate_id is None:
        yield _R.MANDATE_NONE
    elif facts.accepted_terms < facts.terms_in_force:
        yield _R.MANDATE_OUTDATED
    if not facts.terms_in_force or not facts.terms_approved:
        yield _R.TERMS_UNDECIDED


def _of_person(facts: JudgementFacts, now: datetime) -> Iterator[JudgementReason]:
    if facts.adult_from is None:
        yield _R.AGE_UNKNOWN
    elif now.astimezone(TOKYO).date() < facts.adult_from:
        yield _R.UNDER_AGE
    if facts.has_agent:
        yield _R.AGENT


def _of_matter(proposal: Proposal) -> Iterator[JudgementReason]:
    terms = proposal.terms
    if proposal.sensitivity.level > Sensitivity.HEALTH_GENERAL.level:
        yield _R.SPECIAL_CARE
    if proposal.has_significant_effect:
        yield _R.SIGNIFICANT
    names = [each.category for each in proposal.items]
    if any(is_prefix(_LOCATION, name) for name in names):
        yield _R.LOCATION
    if any(
        terms.detail is detail and is_prefix(prefix, name)
        for prefix, detail in _MAY_IMPLY
        for name in names
    ):
        yield _R.MAY_IMPLY
    if {terms.country, proposal.established_in} != {HOME}:
        yield _R.ABROAD
    if any(country != HOME for country in proposal.processors_in):
        yield _R.PROCESSOR_ABROAD
    if terms.onward:
        yield _R.ONWARD


def _of_instructions(
    proposal: Proposal, facts: JudgementFacts, now: datetime
) -> Iterator[JudgementReason]:
    names = [each.category for each in proposal.items]
    recipient = proposal.counterpart
    if forbids(facts.instructions, recipient, proposal.terms.purpose, names, now):
        yield _R.NEVER
    bearing = _bearing(proposal, facts, now)
    if any(each.stance is Stance.ASK for each in bearing):
        yield _R.INSTRUCTED
    allows = [each for each in bearing if each.stance is Stance.ALLOW]
    for item in proposal.items:
        fitting = [each for each in allows if each.covers(item.category)]
        if not fitting:
            yield _R.NOT_ALLOWED
            continue
        broken = [_broken(each, proposal, now) for each in fitting]
        if all(broken):
            yield from (_BOUNDS[bound] for found in broken for bound in found)
    if not proposal.items:
        yield _R.NOT_ALLOWED


def _broken(
    allow: StandingInstruction, proposal: Proposal, now: datetime
) -> tuple[Bound, ...]:
    if allow.bounds is None:
        return tuple(Bound)
    return tuple(allow.bounds.broken(proposal.terms, proposal.sensitivity, now))


def _bearing(
    proposal: Proposal, facts: JudgementFacts, now: datetime
) -> list[StandingInstruction]:
    return [
        each
        for each in facts.instructions
        if each.is_in_force(now)
        and each.concerns(proposal.counterpart, proposal.terms.purpose)
        and any(each.covers(item.category) for item in proposal.items)
    ]


def _applied(
    proposal: Proposal, facts: JudgementFacts, now: datetime
) -> tuple[tuple[UUID, int], ...]:
    bearing = _bearing(proposal, facts, now)
    return tuple(sorted((each.instruction_id, each.version) for each in bearing))
