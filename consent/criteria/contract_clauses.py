"""Clauses of provision contracts and their wording in both languages (R-01)."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from types import MappingProxyType
from typing import Any, Final

from pds.core.errors import Unavailable
from pds.core.vocabulary.words import LANGUAGES, Words, read_file, read_words

PLACES: Final = frozenset(
    {
        "bank",
        "recipient",
        "purposes",
        "categories",
        "countries",
        "valid_from",
        "valid_until",
        "retention",
        "onward",
    }
)
"""What a wording may leave open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause.

    Attributes:
        id: stable text.
        cites: ids of the checklist.
        is_mandatory: no contract is made without it.
        words: heading, and wording with open places such as `$recipient`.
    """

    id: str
    cites: tuple[str, ...]
    is_mandatory: bool
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTemplate:
    """One version of title, clauses and wording.

    Attributes:
        onward: the wording of the ban on passing on, banned or allowed, by language.
    """

    version: int
    title: Mapping[str, str]
    clauses: Mapping[str, Clause]
    onward: Mapping[str, Mapping[str, str]]

    @property
    def optional(self) -> tuple[Clause, ...]:
        """The clauses that a contract may leave out."""
        return tuple(each for each in self.clauses.values() if not each.is_mandatory)


def parse(read: Mapping[str, Any]) -> ContractTemplate:
    """Read a file of clauses.

    Raises:
        ValueError: its form is not known, an id is there twice, or a wording leaves a
            place open that nothing fills.
    """
    if set(read) != {"version", "title", "clauses", "onward"} or read["version"] != 1:
        raise ValueError("The clauses are of an unknown version or form.")
    found = {each["id"]: _clause(each) for each in read["clauses"]}
    if len(found) != len(read["clauses"]):
        raise ValueError("Two clauses have the same id.")
    if set(read["onward"]) != {"banned", "allowed"}:
        raise ValueError("The ban is worded for both cases.")
    return ContractTemplate(
        version=read["version"],
        title=MappingProxyType({name: read["title"][name] for name in LANGUAGES}),
        clauses=MappingProxyType(found),
        onward=MappingProxyType(read["onward"]),
    )


def _clause(read: Mapping[str, Any]) -> Clause:
    words = read_words({name: read[name] for name in LANGUAGES})
    for language in LANGUAGES:
        wording = Template(words[language].explanation)
        if not wording.is_valid() or not set(wording.get_identifiers()) <= PLACES:
            raise ValueError("A wording leaves a place open that nothing fills.")
    return Clause(
        id=read["id"],
        cites=tuple(read["cites"]),
        is_mandatory=bool(read["is_mandatory"]),
        words=words,
    )


CURRENT: Final = parse(read_file("contract_clauses.json", __package__))
"""What contracts are written with now."""


def of_version(version: int) -> ContractTemplate:
    """Return the clauses of a version; Unavailable if they are not known here."""
    if version != CURRENT.version:
        raise Unavailable("contract.template", "The clauses are of another time.")
    return CURRENT
