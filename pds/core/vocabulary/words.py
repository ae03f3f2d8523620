"""Value types shared by categories and purposes, and the strict reader behind them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any

LANGUAGES = ("ja", "en")
"""The languages that every entry of the vocabulary speaks."""


class Sensitivity(StrEnum):
    """How careful the law and the certification rules ask us to be (X-01, X-02)."""

    GENERAL = "general"
    HEALTH_GENERAL = "health-general"
    SPECIAL_CARE = "special-care"
    PROHIBITED = "prohibited"

    @property
    def level(self) -> int:
        """The frozen number in stored records: 0 general … 3 prohibited."""
        return _LEVELS[self]

    @classmethod
    def of_level(cls, level: int) -> "Sensitivity":
        """Return the class of a stored number; ValueError if there is none."""
        for member, number in _LEVELS.items():
            if number == level:
                return member
        raise ValueError(f"There is no sensitivity {level}.")


_LEVELS = {
    Sensitivity.GENERAL: 0,
    Sensitivity.HEALTH_GENERAL: 1,
    Sensitivity.SPECIAL_CARE: 2,
    Sensitivity.PROHIBITED: 3,
}


class DetailLevel(StrEnum):
    """How much of the data a recipient sees, from most to least."""

    RECORD = "record"
    DAY = "day"
    MONTH = "month"
    ANSWER = "answer"

    def is_within(self, other: "DetailLevel") -> bool:
        """Say whether this level shows no more than the other.

        An answer to a question is comparable only with itself and the single
        records, because a sum by day may hide what the question asks.
        """
        if self is other or other is DetailLevel.RECORD:
            return True
        return self is DetailLevel.MONTH and other is DetailLevel.DAY


@dataclass(frozen=True, slots=True)
class Wording:
    """The name of a thing and a plain explanation, in one language."""

    name: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Words:
    """The same thing said in Japanese and in English."""

    ja: Wording
    en: Wording

    def __getitem__(self, language: str) -> Wording:
        """Return the wording in a language; KeyError if it is not spoken here."""
        return {"ja": self.ja, "en": self.en}[language]


def read_words(item: Mapping[str, Any]) -> Words:
    """Read the words of an entry; every language and both texts must be there."""
    found = {language: Wording(**item[language]) for language in LANGUAGES}
    if set(item) != set(LANGUAGES) or not all(
        wording.name.strip() and wording.explanation.strip()
        for wording in found.values()
    ):
        raise ValueError("Every entry has a name and an explanation in ja and en.")
    return Words(**found)


def read_file(name: str, package: str = __package__) -> dict[str, Any]:
    """Read one file of a package; a member said twice is a ValueError."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text, object_pairs_hook=_unique)
    return read


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A member of the vocabulary is said twice.")
    return found


def is_prefix(prefix: str, category: str) -> bool:
    """Say whether a category is the prefix itself or lies below it.

    Segments are whole: `health.vital` covers `health.vital.weight` and not
    `health.vitality`.
    """
    return category == prefix or category.startswith(prefix + ".")
