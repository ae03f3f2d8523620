"""Values of law, guideline and own rules, each with its first day (A-26).

The value of a day is the newest that is in force then. One whose first day is not
known, or whose text nobody read, is shown to everybody and does nothing: whoever runs
the bank enters the day and the source, and only then does it count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pds.core.vocabulary.words import Words, read_file, read_words


class Basis(StrEnum):
    """Who sets a value."""

    LAW = "law"
    GUIDELINE = "guideline"
    OWN = "own"


class Unit(StrEnum):
    """What a value counts."""

    YEARS = "years"
    DAYS = "days"
    PERSONS = "persons"
    TIMES = "times"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValue:
    """One value of one rule.

    Attributes:
        id: its own stable id.
        name: what it regulates; several values of one name follow each other.
        value: the number.
        unit: what it counts.
        basis: who sets it.
        in_force_from: its first day; None while nobody knows it.
        until: its last day, if it has one.
        source: where it stands.
        is_verified: whether somebody has read the text in force.
        cites: ids of the checklist.
        words: name and explanation, by language.
    """

    id: str
    name: str
    value: int
    unit: Unit
    basis: Basis
    in_force_from: date | None
    until: date | None
    source: str
    is_verified: bool
    cites: tuple[str, ...]
    words: Words

    def counts_on(self, day: date) -> bool:
        """Say whether it is verified and in force on a day."""
        begun = self.in_force_from is not None and self.in_force_from <= day
        ended = self.until is not None and self.until < day
        return self.is_verified and begun and not ended


_MEMBERS: Final = {
    "id",
    "name",
    "value",
    "unit",
    "basis",
    "from",
    "until",
    "source",
    "is_verified",
    "cites",
    "ja",
    "en",
}


def parse(read: Mapping[str, Any]) -> tuple[RuleValue, ...]:
    """Read a file of values, in its order.

    Raises:
        ValueError: its form is not known, an id is there twice, two values of one name
            begin on one day or count in different units, or a value ends before it
            begins.
    """
    if set(read) != {"version", "values"} or read["version"] != 1:
        raise ValueError("The values are of an unknown version or form.")
    found = tuple(_value(each) for each in read["values"])
    if len({each.id for each in found}) != len(found):
        raise ValueError("Two values have the same id.")
    if len({(each.name, each.in_force_from) for each in found}) != len(found):
        raise ValueError("Two values of one name begin on one day.")
    if len({(each.name, each.unit) for each in found}) != len(
        {each.name for each in found}
    ):
        raise ValueError("Values of one name count the same thing.")
    return found


def _value(read: Mapping[str, Any]) -> RuleValue:
    if set(read) != _MEMBERS or type(read["is_verified"]) is not bool:
        raise ValueError("A value has a member too many, or one too few.")
    if type(read["value"]) is not int or read["value"] < 1:
        raise ValueError("A value is a whole number above zero.")
    if not read["cites"] or not read["source"].strip():
        raise ValueError("A value rests on a rule and says where it stands.")
    first, last = _day(read["from"]), _day(read["until"])
    if last is not None and (first is None or last < first):
        raise ValueError("A value ends before it begins.")
    return RuleValue(
        id=read["id"],
        name=read["name"],
        value=read["value"],
        unit=Unit(read["unit"]),
        basis=Basis(read["basis"]),
        in_force_from=first,
        until=last,
        source=read["source"],
        is_verified=read["is_verified"],
        cites=tuple(read["cites"]),
        words=read_words({name: read[name] for name in ("ja", "en")}),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


ALL: Final = parse(read_file("rule_values.json", __package__))
"""Every value, in the order of the file."""


def at(day: date, values: Iterable[RuleValue] = ALL) -> Mapping[str, RuleValue]:
    """Return what counts on a day, by name: the newest verified value of each."""
    counting = (each for each in values if each.counts_on(day))
    ordered = sorted(counting, key=lambda each: each.in_force_from or date.min)
    return MappingProxyType({each.name: each for each in ordered})


def get(name: str, day: date, values: Iterable[RuleValue] = ALL) -> RuleValue:
    """Return what counts on a day.

    Raises:
        ValueError: no value of this name is in force on this day.
    """
    found = at(day, values).get(name)
    if found is None:
        raise ValueError(f"No value of {name} is in force on this day.")
    return found


def settled(name: str, values: Iterable[RuleValue] = ALL) -> int:
    """Return a number that has been the same ever since, for reading without a day.

    A second verified value of the name refuses the start, so that whoever adds it has
    to say by which day each place in the code reads.

    Raises:
        ValueError: there is no verified value of this name, or more than one.
    """
    found = [each for each in values if each.name == name and each.is_verified]
    if len(found) != 1:
        raise ValueError(f"{name} has not exactly one verified value.")
    return found[0].value


def days(name: str) -> timedelta:
    """Return a settled number of days as a time."""
    return timedelta(days=settled(name))
