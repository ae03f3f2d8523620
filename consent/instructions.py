"""Standing instructions on three axes: recipients, purposes, categories (D-02, D-03).

Pure. *never* wins over *ask*, *ask* over *allow*, and what nothing matches is asked;
the order of instructions decides nothing. An *allow* names its axes, has bounds and an
end (D-05): a class, purpose or category that came later is not in it (D-07). In *ask*
and *never* an empty axis means everything, and no end is needed.

What holds a recipient back goes with it when the bank puts it into another class: an
*ask* or a *never* about a class holds for whoever was of it when the instruction was
first made, or at any time since. An *allow* holds for who is of the class now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from consent.counterpart import Counterpart
from consent.terms import DataProvision, ProvisionForm
from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.core.ids import made_millis
from pds.core.rules import rule_values
from pds.core.vocabulary import (
    DetailLevel,
    Sensitivity,
    categories,
    purposes,
    recipient_classes,
)
from pds.core.vocabulary.words import is_prefix

TERM: Final = rule_values.days("instruction.longest")
"""Longest life of an *allow*; then the person is asked to give it anew (D-05)."""
_LONGEST_DAYS: Final = 36_500
_MOST: Final = 50


class Stance(StrEnum):
    """What a person instructs."""

    ALLOW = "allow"
    ASK = "ask"
    NEVER = "never"


class Bound(StrEnum):
    """What an *allow* limits."""

    SENSITIVITY = "sensitivity"
    DETAIL = "detail"
    WINDOW = "window"
    RETENTION = "retention"
    VALIDITY = "validity"
    FORM = "form"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far an *allow* reaches.

    Attributes:
        sensitivity: highest class of care of any category.
        detail: most that may be shown of each record.
        window_days: how far back the data may reach, in days.
        retention_days: longest that it may be kept, in days.
        validity_days: longest that it may be fetched, in days.
        forms: how it may be given.
        countries: where it may be handled.
    """

    sensitivity: Sensitivity
    detail: DetailLevel
    window_days: int
    retention_days: int
    validity_days: int
    forms: tuple[ProvisionForm, ...]
    countries: tuple[str, ...]

    def broken(
        self, terms: DataProvision, sensitivity: Sensitivity, now: datetime
    ) -> Iterator[Bound]:
        """Yield each bound that terms would break if they were agreed to now."""
        today = now.astimezone(TOKYO).date()
        if sensitivity.level > self.sensitivity.level:
            yield Bound.SENSITIVITY
        if not terms.detail.is_within(self.detail):
            yield Bound.DETAIL
        if (today - terms.window.first).days > self.window_days:
            yield Bound.WINDOW
        if terms.retention_days > self.retention_days:
            yield Bound.RETENTION
        if terms.access.until - now > timedelta(days=self.validity_days):
            yield Bound.VALIDITY
        if terms.form not in self.forms:
            yield Bound.FORM
        if terms.country not in self.countries:
            yield Bound.COUNTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingInstruction:
    """One instruction of a person.

    Attributes:
        instruction_id: stays the same through its changes.
        version: number of the change, from 1.
        stance: what is instructed.
        recipient_classes: ids of classes, sorted.
        recipients: ids of single recipients, sorted (D-04).
        purposes: ids, sorted.
        categories: ids or prefixes, sorted.
        vocabulary: version of the categories that it was spoken under.
        made_at: moment of this version; the first one's stands in the id.
        bounds: of an *allow*.
        until: first moment at which it no longer holds; None for no end.
    """

    instruction_id: UUID
    version: int
    stance: Stance
    recipient_classes: tuple[str, ...]
    recipients: tuple[str, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    vocabulary: int
    made_at: datetime
    bounds: Bounds | None = None
    until: datetime | None = None

    def is_in_force(self, now: datetime) -> bool:
        """Say whether it holds at a moment."""
        return self.until is None or now < self.until

    def concerns(self, recipient: Counterpart, purpose: str) -> bool:
        """Say whether recipient and purpose lie on its axes."""
        if self.stance is Stance.ALLOW:
            return self._names(recipient) and purpose in self.purposes
        is_everybody = not self.recipient_classes and not self.recipients
        is_meant = purpose in self.purposes or not self.purposes
        return (is_everybody or self._names(recipient)) and is_meant

    def follows(self, recipient: Counterpart) -> bool:
        """Say whether it holds for a recipient only by a class of before."""
        now = Counterpart(recipient.recipient_id, recipient.recipient_class)
        return self._names(recipient) and not self._names(now)

    def _names(self, recipient: Counterpart) -> bool:
        meant = frozenset({recipient.recipient_class})
        if self.stance is not Stance.ALLOW:
            meant = recipient.classes_since(made_millis(self.instruction_id))
        is_meant = not meant.isdisjoint(self.recipient_classes)
        return is_meant or recipient.recipient_id in self.recipients

    def covers(self, category: str) -> bool:
        """Say whether a category lies on its axis.

        An *allow* covers only what the vocabulary had when it was made.
        """
        if self.stance is Stance.ALLOW:
            known = categories.expand(self.categories, as_of=self.vocabulary)
            return any(each.id == category for each in known)
        return not self.categories or any(
            is_prefix(prefix, category) for prefix in self.categories
        )


def forbids(
    instructions: Iterable[StandingInstruction],
    recipient: Counterpart,
    purpose: str,
    covered: Iterable[str],
    now: datetime,
) -> list[StandingInstruction]:
    """Return each *never* in force that touches one of the categories.

    Args:
        instructions: the person's.
        recipient: who would be given it.
        purpose: id of the purpose.
        covered: ids of the categories that would go.
        now: the moment.
    """
    wanted = tuple(covered)
    return [
        each
        for each in instructions
        if each.stance is Stance.NEVER
        and each.is_in_force(now)
        and each.concerns(recipient, purpose)
        and any(each.covers(category) for category in wanted)
    ]


def check(instruction: StandingInstruction, now: datetime) -> None:
    """Check what a person wishes to instruct.

    Raises:
        Invalid: `instruction.<member>`: an id is unknown, an *allow* lacks an axis,
            bounds or an end (D-05), its end is past or too far away, or it names what
            is never entrusted (`instruction.special-care`, `instruction.significant`).
    """
    _check_ids(instruction)
    until, latest = instruction.until, now + TERM
    if until is not None and until <= now:
        raise Invalid("instruction.until", "The end is past.")
    if instruction.stance is not Stance.ALLOW:
        if instruction.bounds is not None:
            raise Invalid("instruction.bounds", "Only what is allowed has bounds.")
        return
    if until is None or until > latest:
        raise Invalid("instruction.until", "What is allowed ends within the term.")
    if not (instruction.recipient_classes or instruction.recipients):
        raise Invalid("instruction.recipients", "Nobody is named.")
    if not instruction.purposes:
        raise Invalid("instruction.purposes", "No purpose is named.")
    if not instruction.categories:
        raise Invalid("instruction.categories", "No category is named.")
    _check_entrusted(instruction)


def _check_ids(instruction: StandingInstruction) -> None:
    lists = (
        instruction.recipient_classes,
        instruction.recipients,
        instruction.purposes,
        instruction.categories,
    )
    if any(list(each) != sorted(set(each)) or len(each) > _MOST for each in lists):
        raise Invalid("instruction.lists", "Lists are sorted and name a thing once.")
    if not set(instruction.recipient_classes) <= set(recipient_classes.ALL):
        raise Invalid("instruction.recipients", "A class is unknown.")
    if not set(instruction.purposes) <= set(purposes.ALL):
        raise Invalid("instruction.purposes", "A purpose is unknown.")
    if not all(categories.match(each) for each in instruction.categories):
        raise Invalid("instruction.categories", "A category is unknown.")


def _check_entrusted(instruction: StandingInstruction) -> None:
    bounds = instruction.bounds
    if bounds is None or not bounds.forms or not bounds.countries:
        raise Invalid("instruction.bounds", "What is allowed has bounds.")
    days = (bounds.window_days, bounds.retention_days, bounds.validity_days)
    if not all(0 <= each <= _LONGEST_DAYS for each in days):
        raise Invalid("instruction.bounds", "The days are out of range.")
    general = Sensitivity.HEALTH_GENERAL.level
    named = categories.expand(instruction.categories)
    if bounds.sensitivity.level > general or any(
        each.sensitivity.level > general for each in named
    ):
        raise Invalid("instruction.special-care", "It is never entrusted (X-01).")
    if any(purposes.get(each).has_significant_effect for each in instruction.purposes):
        raise Invalid("instruction.significant", "It is never entrusted (X-12).")


def stance_for(
    instructions: Iterable[StandingInstruction],
    recipient: Counterpart,
    purpose: str,
    category: str,
    now: datetime,
) -> Stance:
    """Return what holds for one cell of the three axes, whatever the bounds (D-03)."""
    found = {
        each.stance
        for each in instructions
        if each.is_in_force(now)
        and each.concerns(recipient, purpose)
        and each.covers(category)
    }
    for stance in (Stance.NEVER, Stance.ASK, Stance.ALLOW):
        if stance in found:
            return stance
    return Stance.ASK
