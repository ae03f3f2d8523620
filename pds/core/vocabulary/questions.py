"""Reviewed questions that a person's records may answer with yes, no or unknown.

A question fixes everything: the kind of data that it reads, how many days back, and the
rule, so that asking again and again in other words or for other days is not possible.
An id never changes its meaning: another rule, category or number of days is another
question (`consent.question_meaning` has the board refuse it). `version` grows when the
words change; the ethics board decides on each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pds.core.errors import Invalid
from pds.core.vocabulary import categories
from pds.core.vocabulary.words import Words, read_file, read_words

MOST_DAYS: Final = 366


class RuleKind(StrEnum):
    """How records are turned into an answer."""

    MEAN_PER_DAY = "mean-per-day"
    TOTAL = "total"
    DAYS_WITH_RECORDS = "days-with-records"
    ANY_RECORD = "any-record"
    SPENT = "spent"


_MEMBERS: Final = {
    RuleKind.MEAN_PER_DAY: {"concept", "at_least", "least_days"},
    RuleKind.TOTAL: {"concept", "at_least", "least_days"},
    RuleKind.DAYS_WITH_RECORDS: {"at_least"},
    RuleKind.ANY_RECORD: set[str](),
    RuleKind.SPENT: {"currency", "at_least", "least_days"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule of a question.

    Attributes:
        kind: how it is worked out.
        at_least: the number from which the answer is yes.
        least_days: days with a number that are needed; with fewer it is unknown.
        concept: the measurement that counts.
        currency: the currency that counts.
    """

    kind: RuleKind
    at_least: Decimal = Decimal(1)
    least_days: int = 0
    concept: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One reviewed question.

    Attributes:
        id: stable text id.
        since: version of the list that brought it.
        version: version of its words, on which the board decides.
        words: the question, and how it is answered, in Japanese and English.
        category: the one category that it reads.
        days: how many days it looks back, up to yesterday.
        rule: how it is answered.
    """

    id: str
    since: int
    version: int
    words: Words
    category: str
    days: int
    rule: Rule


def read(document: Mapping[str, Any]) -> dict[str, Question]:
    """Read the questions of a document.

    Raises:
        ValueError: an id is given twice or comes from later, a category or a member of
            a rule is unknown, or a number is out of range.
        KeyError: a member is missing.
    """
    found: dict[str, Question] = {}
    for item in document["questions"]:
        question = _read_one(item)
        if question.id in found or question.since > document["version"]:
            raise ValueError(f"{question.id} is given twice or comes from later.")
        found[question.id] = question
    return found


def _read_one(item: Mapping[str, Any]) -> Question:
    question = Question(
        id=item["id"],
        since=int(item["since"]),
        version=int(item["version"]),
        words=read_words(item["words"]),
        category=item["category"],
        days=int(item["days"]),
        rule=_read_rule(item["rule"]),
    )
    if question.category not in categories.ALL:
        raise ValueError(f"{question.id} reads an unknown category.")
    if not 1 <= question.days <= MOST_DAYS or question.version < 1:
        raise ValueError(f"{question.id} looks back too far, or has no version.")
    return question


def _read_rule(item: Mapping[str, Any]) -> Rule:
    members = dict(item)
    kind = RuleKind(members.pop("kind"))
    if set(members) != _MEMBERS[kind]:
        raise ValueError(f"A rule {kind} has other members.")
    at_least = Decimal(members.pop("at_least", 1))
    return Rule(kind=kind, at_least=at_least, **members)


_DOCUMENT = read_file("questions.json")

VERSION: int = _DOCUMENT["version"]
"""The version of the list in force."""

ALL: Mapping[str, Question] = MappingProxyType(read(_DOCUMENT))
"""Every question by its id, in the order of the file."""


def get(question_id: str) -> Question:
    """Return a question; Invalid `vocabulary.unknown-question` if there is none."""
    found = ALL.get(question_id)
    if found is None:
        raise Invalid("vocabulary.unknown-question")
    return found
