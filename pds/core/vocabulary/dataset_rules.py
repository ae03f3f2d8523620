"""Processing rules of pseudonymised and anonymised data sets, as versioned data.

The file says of every category whether it is dropped or what is measured in it, and of
every other thing that the bank holds about a person whether it is dropped, generalised
or kept (APPI 2(5)(6), 41(1), 43(1); X-17, X-18). What it
does not name cannot be in a set: rows are made from the named fields alone.
docs/formats/datasets.md describes every member.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pds.core.errors import Invalid
from pds.core.vocabulary import Sensitivity, categories
from pds.core.vocabulary.words import LANGUAGES, read_file


class DataSetKind(StrEnum):
    """The two legal kinds of processed data."""

    PSEUDONYMISED = "pseudonymised"
    ANONYMISED = "anonymised"


class Take(StrEnum):
    """How the numbers of one person's month become one."""

    MEAN = "mean"
    MEAN_PER_DAY = "mean-per-day"
    SUM = "sum"


class RowUnit(StrEnum):
    """What one row tells of: all that a person has in a month, or one category."""

    PERSON = "person"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One field of a set.

    Attributes:
        name: of the field.
        category: whose records it is taken from.
        concept: which number of a record; empty for the record's own value.
        unit: numbers in another unit are left out.
        take: how the numbers of a month become one.
        step: numbers are rounded to a multiple of it, by kind.
        low: what is lower is told as this.
        high: what is higher is told as this.
        words: what it is, by language.
    """

    name: str
    category: str
    concept: str
    unit: str
    take: Take
    step: Mapping[DataSetKind, Decimal]
    low: Decimal
    high: Decimal
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRules:
    """What differs between the kinds.

    Attributes:
        row: what a row tells of; rows of one person are linked only if it is all.
        keep_days: days after which a set that was not published is deleted.
        notice_days: days between the notice and the first provision.
    """

    row: RowUnit
    keep_days: int
    notice_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeBands:
    """How an age is told: `low` and `high` bound the open bands at both ends."""

    band: int
    low: int
    high: int

    def of(self, age: int) -> str:
        """Return the band of an age, such as `40-49`, `-29` or `80-`."""
        if age < self.low:
            return f"-{self.low - 1}"
        if age >= self.high:
            return f"{self.high}-"
        first = age - age % self.band
        return f"{first}-{first + self.band - 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of the rules.

    Attributes:
        version: of the file.
        least_k: no installation may ask for fewer persons in a group.
        share_percent: greatest share of a group that may hold the same values.
        months: longest period of a set.
        age: the bands.
        kinds: what differs between the kinds.
        measures: every field that may be in a set, in their order.
        dropped: ids of the categories that are in no set.
    """

    version: int
    least_k: int
    share_percent: int
    months: int
    age: AgeBands
    kinds: Mapping[DataSetKind, KindRules]
    measures: tuple[Measure, ...]
    dropped: frozenset[str]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that something is measured in, each once."""
        return tuple(dict.fromkeys(each.category for each in self.measures))

    def of_category(self, category: str) -> tuple[Measure, ...]:
        """Return the fields of a category."""
        return tuple(each for each in self.measures if each.category == category)


_MEMBERS: Final = {
    "version",
    "k",
    "share_percent",
    "months",
    "age",
    "kinds",
    "person",
    "record",
    "categories",
}
_TREATMENTS: Final = {"drop", "keep", "month", "age-band", "measure"}


def parse(read: Mapping[str, Any]) -> Rules:
    """Read a file of rules.

    Raises:
        ValueError: a member is missing or unknown, a category is not thought of, or
            one that needs special care is not dropped (X-03, X-04).
    """
    if set(read) != _MEMBERS or read["version"] != 1:
        raise ValueError("The rules are of an unknown version or form.")
    said = read["categories"]
    if set(said) != set(categories.ALL):
        raise ValueError("The rules have to name every category, and no other.")
    if not {*read["person"].values(), *read["record"].values()} <= _TREATMENTS:
        raise ValueError("The rules name a treatment that does not exist.")
    kept = {name: fields for name, fields in said.items() if fields != "drop"}
    for name in kept:
        if categories.get(name).sensitivity not in (
            Sensitivity.GENERAL,
            Sensitivity.HEALTH_GENERAL,
        ):
            raise ValueError("What needs special care is in no set.")
    measures = tuple(_measure(name, each) for name in kept for each in kept[name])
    if len({each.name for each in measures}) != len(measures):
        raise ValueError("Two fields have the same name.")
    return Rules(
        version=read["version"],
        least_k=read["k"]["least"],
        share_percent=read["share_percent"],
        months=read["months"],
        age=AgeBands(**read["age"]),
        kinds=MappingProxyType(
            {
                DataSetKind(name): KindRules(
                    row=RowUnit(each["row"]),
                    keep_days=each["keep_days"],
                    notice_days=each.get("notice_days", 0),
                )
                for name, each in read["kinds"].items()
            }
        ),
        measures=measures,
        dropped=frozenset(set(said) - set(kept)),
    )


def _measure(category: str, said: Mapping[str, Any]) -> Measure:
    step = {DataSetKind(kind): Decimal(text) for kind, text in said["step"].items()}
    low, high = Decimal(said["low"]), Decimal(said["high"])
    if set(step) != set(DataSetKind) or min(step.values()) <= 0 or low >= high:
        raise ValueError("A field has a step for each kind, and bounds.")
    if set(said["words"]) != set(LANGUAGES):
        raise ValueError("A field has words in every language.")
    return Measure(
        name=said["name"],
        category=category,
        concept=said["concept"],
        unit=said["unit"],
        take=Take(said["take"]),
        step=MappingProxyType(step),
        low=low,
        high=high,
        words=MappingProxyType(said["words"]),
    )


CURRENT: Final = parse(read_file("dataset_rules.json"))
"""The rules by which sets are made now."""


def of_version(version: int) -> Rules:
    """Return the rules of a version.

    Raises:
        Invalid: `data-set.rules`; there is no such version.
    """
    if version != CURRENT.version:
        raise Invalid("data-set.rules", "There are no rules of this version.")
    return CURRENT
