"""The vocabulary as the board decides on it (D-08, D-09).

Each purpose with its ceilings is a thing of its own, and so is each question with its
rule; the categories, the list of purposes that are forbidden, and the list of elements
that are left out are one thing each. Provision rests on all of them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from audit.canonical import canonical
from consent.board_items import Definition
from consent.facts import BoardSubjectKind
from pds.core.vocabulary.words import read_file

CATEGORIES: Final = "categories"
"""Name of the text of all categories, on which the board decides in one."""
_VOCABULARY = {
    CATEGORIES: ("データの種類", "Categories of data"),
    "forbidden-purposes": ("禁止する目的", "Forbidden purposes"),
    "elements": ("提供しない項目", "Elements that are left out"),
}


def definitions() -> Iterator[Definition]:
    """Yield every purpose and question, and the lists of the vocabulary."""
    written = read_file("purposes.json")
    for purpose in written["purposes"]:
        yield _named(BoardSubjectKind.PURPOSE, purpose)
    for question in read_file("questions.json")["questions"]:
        yield _named(BoardSubjectKind.QUESTION, question)
    yield _vocabulary(CATEGORIES, read_file("categories.json"))
    yield _vocabulary("forbidden-purposes", {"forbidden": written["forbidden"]})
    yield _vocabulary("elements", read_file("elements.json"))


@cache
def purpose_ids() -> Mapping[str, str]:
    """Return by purpose the id that the board decides on: its text as it is now."""
    return _ids(BoardSubjectKind.PURPOSE)


@cache
def question_ids() -> Mapping[str, str]:
    """Return by question the id that the board decides on."""
    return _ids(BoardSubjectKind.QUESTION)


@cache
def list_ids() -> Mapping[str, str]:
    """Return by name the id of each list that all provision rests on."""
    return _ids(BoardSubjectKind.VOCABULARY)


def _ids(kind: BoardSubjectKind) -> Mapping[str, str]:
    found = {each.name: each.subject_id for each in definitions() if each.kind is kind}
    return MappingProxyType(found)


def _named(kind: BoardSubjectKind, document: Mapping[str, Any]) -> Definition:
    words = document["words"]
    return Definition(
        kind=kind,
        name=document["id"],
        title={each: words[each]["name"] for each in ("ja", "en")},
        document=document,
    )


@cache
def category_texts() -> Mapping[str, str]:
    """Return by category the SHA-256 of its entry as it is now."""
    return entries(read_file("categories.json"))


def entries(document: Mapping[str, Any]) -> Mapping[str, str]:
    """Return by category the SHA-256 of its entry in a text of all categories."""
    return MappingProxyType(
        {
            each["id"]: hashlib.sha256(canonical(each)).hexdigest()
            for each in document["categories"]
        }
    )


def _vocabulary(name: str, document: dict[str, object]) -> Definition:
    ja, en = _VOCABULARY[name]
    return Definition(
        kind=BoardSubjectKind.VOCABULARY,
        name=name,
        title={"ja": ja, "en": en},
        document=document,
    )
