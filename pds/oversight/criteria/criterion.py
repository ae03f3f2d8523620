"""The items of the checklist, as versioned data (E-10).

The wording is the bank's own; the tag says how well an item's wording was verified
against its source. An item that software evidences names a function and the place
where the control is; nothing here says how an item stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pds.core.vocabulary.words import LANGUAGES, read_file


class CriterionKind(StrEnum):
    """By what an item is shown to be met."""

    SOFTWARE = "software"
    DOCUMENT = "document"
    BOTH = "both"
    NOT_BUILT = "not-built"
    NOT_APPLICABLE = "not-applicable"


class EvidenceTag(StrEnum):
    """How the wording of an item is known; all but the first are unverified."""

    FOUND = "F"
    HALF_FOUND = "F~"
    LIKELY = "G+"
    UNSURE = "G?"


_LIVE: Final = (CriterionKind.SOFTWARE, CriterionKind.BOTH)
_PAPER: Final = (CriterionKind.DOCUMENT, CriterionKind.BOTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One item.

    Attributes:
        id: of the checklist, such as `C-04`.
        kind: by what it is shown to be met.
        tag: how its wording is known.
        control: addresses and commands where the product does it.
        evidence: name of the function that finds live evidence, or None.
        words: one sentence, by language.
        why: why it does not apply or what is missing, by language; else empty.
    """

    id: str
    kind: CriterionKind
    tag: EvidenceTag
    control: tuple[str, ...]
    evidence: str | None
    words: Mapping[str, str]
    why: Mapping[str, str]

    @property
    def chapter(self) -> str:
        """The letter of its chapter."""
        return self.id[0]

    @property
    def is_verified(self) -> bool:
        """Whether its wording was read in the source itself."""
        return self.tag is EvidenceTag.FOUND

    @property
    def needs_document(self) -> bool:
        """Whether a document belongs to it."""
        return self.kind in _PAPER


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """One version of the list: its first day, and the items by id in their order."""

    version: int
    since: date
    all: Mapping[str, Criterion]

    @property
    def chapters(self) -> tuple[str, ...]:
        """The letters of the chapters, in order."""
        return tuple(dict.fromkeys(each.chapter for each in self.all.values()))


_MEMBERS: Final = {"id", "kind", "tag", "control", "evidence", "ja", "en", "why"}


def parse(read: Mapping[str, Any]) -> Criteria:
    """Read a file of criteria.

    Raises:
        ValueError: its form is not known, an id is there twice, or an item does not
            say what its kind needs.
    """
    if set(read) != {"version", "since", "criteria"} or read["version"] != 1:
        raise ValueError("The criteria are of an unknown version or form.")
    found = [_criterion(each) for each in read["criteria"]]
    by_id = {each.id: each for each in found}
    if len(by_id) != len(found):
        raise ValueError("Two criteria have the same id.")
    return Criteria(
        version=read["version"],
        since=date.fromisoformat(read["since"]),
        all=MappingProxyType(by_id),
    )


def _criterion(read: Mapping[str, Any]) -> Criterion:
    if set(read) != _MEMBERS:
        raise ValueError("A criterion has a member too many, or one too few.")
    kind = CriterionKind(read["kind"])
    is_live = kind in _LIVE
    if is_live != bool(read["evidence"]) or is_live != bool(read["control"]):
        raise ValueError("What software shows has a control and live evidence.")
    if (kind in (*_LIVE, *_PAPER)) == bool(read["why"]):
        raise ValueError("What is missing or does not apply says why, nothing else.")
    return Criterion(
        id=read["id"],
        kind=kind,
        tag=EvidenceTag(read["tag"]),
        control=tuple(read["control"]),
        evidence=read["evidence"],
        words=_spoken(read),
        why=_spoken(read["why"]) if read["why"] else MappingProxyType({}),
    )


def _spoken(read: Mapping[str, Any]) -> Mapping[str, str]:
    found = {language: str(read[language]) for language in LANGUAGES}
    if not all(text.strip() for text in found.values()):
        raise ValueError("A criterion speaks every language.")
    return MappingProxyType(found)


CURRENT: Final = parse(read_file("criteria.json", __package__))
"""The criteria that the bank is held against now."""

_WORDS: Final = read_file("evidence_words.json", __package__)
FUNCTION_WORDS: Final[Mapping[str, Mapping[str, str]]] = _WORDS["functions"]
"""What each function of evidence looks at, by its name and by language."""
FIGURE_WORDS: Final[Mapping[str, Mapping[str, str]]] = _WORDS["figures"]
"""What each figure counts, by its name and by language."""
