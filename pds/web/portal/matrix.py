"""What holds for whom, as plain sentences: classes, purposes, kinds of data (D-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.counterpart import Counterpart
from consent.instructions import Stance, StandingInstruction, stance_for
from pds.core.vocabulary import categories, purposes, recipient_classes


@dataclass(frozen=True, slots=True)
class Row:
    """A purpose, with the kinds of data that are allowed and never given."""

    purpose: str
    allowed: tuple[str, ...]
    never: tuple[str, ...]
    is_everything_never: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A class of recipients; purposes without a row are asked about altogether."""

    recipient_class: str
    rows: tuple[Row, ...]

    @property
    def stances(self) -> tuple[Stance, ...]:
        """What of allow and never stands in it anywhere."""
        found = []
        if any(row.allowed for row in self.rows):
            found.append(Stance.ALLOW)
        if any(row.never for row in self.rows):
            found.append(Stance.NEVER)
        return tuple(found)


def of(instructions: Sequence[StandingInstruction], now: datetime) -> list[Part]:
    """Return what holds for each class, single recipients left out."""
    return [
        Part(name, tuple(_rows(instructions, name, now)))
        for name in recipient_classes.ALL
    ]


def _rows(
    instructions: Sequence[StandingInstruction], name: str, now: datetime
) -> list[Row]:
    found = []
    for purpose in purposes.ALL:
        held: dict[Stance, list[str]] = {each: [] for each in Stance}
        for category in categories.ALL:
            anybody = Counterpart("", name)
            cell = stance_for(instructions, anybody, purpose, category, now)
            held[cell].append(category)
        allowed, never = held[Stance.ALLOW], held[Stance.NEVER]
        if allowed or never:
            is_all = len(never) == len(categories.ALL)
            found.append(Row(purpose, tuple(allowed), tuple(never), is_all))
    return found
