"""Purposes: why a recipient may use data, with ceilings, and what is forbidden.

A ceiling bounds what any recipient may ask for a purpose in a part of the category
tree. A category without a ceiling may not be given for that purpose at all (D-07),
and a forbidden purpose is refused where an offer is entered (D-09).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pds.core.errors import Invalid
from pds.core.vocabulary.words import (
    LANGUAGES,
    DetailLevel,
    Words,
    is_prefix,
    read_file,
    read_words,
)


class Beneficiary(StrEnum):
    """Whom a purpose serves first; special-care data serves the person only (X-04)."""

    OWN = "own"
    OTHER = "other"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most that may be asked below a category prefix.

    Attributes:
        prefix: category id or prefix that the ceiling covers.
        validity_days: longest life of a consent, from giving.
        window_days: how far back the data may reach, from now.
        max_per_day: most fetches in one day of Asia/Tokyo.
        retention_days: longest that the recipient may keep it.
        detail_levels: levels of detail that the purpose justifies.
    """

    prefix: str
    validity_days: int
    window_days: int
    max_per_day: int
    retention_days: int
    detail_levels: tuple[DetailLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One reason for which data may be used.

    Attributes:
        id: stable text id.
        since: version of the vocabulary that brought it.
        words: name and explanation in Japanese and English.
        dpv: terms of the Data Privacy Vocabulary, most fitting first.
        beneficiary: whom it serves first.
        has_significant_effect: whether a decision about the person follows (X-12);
            such a purpose needs an individual yes.
        ceilings: bounds by category prefix.
        logic: how the decision comes about, by language; empty where none follows.
    """

    id: str
    since: int
    words: Words
    dpv: tuple[str, ...]
    beneficiary: Beneficiary
    has_significant_effect: bool
    ceilings: tuple[Ceiling, ...]
    logic: Mapping[str, str]

    def ceiling(self, category: str) -> Ceiling | None:
        """Return the ceiling with the longest prefix of a category id, or None."""
        fitting = [c for c in self.ceilings if is_prefix(c.prefix, category)]
        return max(fitting, key=lambda ceiling: len(ceiling.prefix), default=None)


def read(document: Mapping[str, Any]) -> dict[str, Purpose]:
    """Read the purposes of a vocabulary document.

    Raises:
        ValueError: an id is given twice or comes from a later version, a ceiling is
            not positive, two ceilings have the same prefix, or the logic of a decision
            is not said in each language, exactly where a decision follows.
        KeyError: a member is missing.
    """
    found: dict[str, Purpose] = {}
    for item in document["purposes"]:
        purpose = _read_one(item)
        if purpose.id in found or purpose.since > document["version"]:
            raise ValueError(f"{purpose.id} is given twice or comes from later.")
        found[purpose.id] = purpose
    return found


def _read_one(item: Mapping[str, Any]) -> Purpose:
    ceilings = tuple(_read_ceiling(ceiling) for ceiling in item["ceilings"])
    if len({ceiling.prefix for ceiling in ceilings}) != len(ceilings):
        raise ValueError("Two ceilings cover the same prefix.")
    return Purpose(
        id=item["id"],
        since=int(item["since"]),
        words=read_words(item["words"]),
        dpv=tuple(item["dpv"]),
        beneficiary=Beneficiary(item["beneficiary"]),
        has_significant_effect=item["has_significant_effect"] is True,
        ceilings=ceilings,
        logic=MappingProxyType(_read_logic(item)),
    )


def _read_logic(item: Mapping[str, Any]) -> dict[str, str]:
    """Read how a decision comes about; the person is told it before a yes (X-12)."""
    logic: dict[str, str] = item.get("logic", {})
    spoken = LANGUAGES if item["has_significant_effect"] is True else ()
    if sorted(logic) != sorted(spoken) or not all(map(str.strip, logic.values())):
        raise ValueError("The logic is said in ja and en where a decision follows.")
    return logic


def _read_ceiling(item: Mapping[str, Any]) -> Ceiling:
    levels = tuple(DetailLevel(level) for level in item["detail_levels"])
    ceiling = Ceiling(**{**item, "detail_levels": levels})
    bounds = (
        ceiling.validity_days,
        ceiling.window_days,
        ceiling.max_per_day,
        ceiling.retention_days,
    )
    if min(bounds) < 1:
        raise ValueError("A ceiling is at least one.")
    return ceiling


_DOCUMENT = read_file("purposes.json")

VERSION: int = _DOCUMENT["version"]
"""The version of the purposes in force."""

ALL: Mapping[str, Purpose] = MappingProxyType(read(_DOCUMENT))
"""Every purpose by its id, in the order of the file."""

FORBIDDEN: Mapping[str, Words] = MappingProxyType(
    {item["id"]: read_words(item["words"]) for item in _DOCUMENT["forbidden"]}
)
"""Purposes that no offer may have, with the words that say so."""


def get(purpose_id: str) -> Purpose:
    """Return a purpose by its id.

    Raises:
        Invalid: `vocabulary.forbidden-purpose` or `vocabulary.unknown-purpose`.
    """
    found = ALL.get(purpose_id)
    if found is not None:
        return found
    forbidden = purpose_id in FORBIDDEN
    slug = "forbidden-purpose" if forbidden else "unknown-purpose"
    raise Invalid(f"vocabulary.{slug}")
