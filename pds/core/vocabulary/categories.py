"""Categories of data: what a person can decide about (FORMATS, version 1).

An id never changes its meaning and its key class never changes its number, because
both stand in the sealed bytes of every record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pds.core.errors import Invalid
from pds.core.vocabulary.words import (
    DetailLevel,
    Sensitivity,
    Words,
    is_prefix,
    read_file,
    read_words,
)

FIRST_KEY_CLASS = 16
LAST_KEY_CLASS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One kind of data.

    Attributes:
        id: stable text id, segments joined by dots.
        since: version of the vocabulary that brought it; older consents that name a
            prefix do not cover it (D-07).
        key_class: class of the owner key that seals its records, 16 to 255; one per
            family, so that a family can be erased alone.
        sensitivity: the class of care that it needs.
        words: name and explanation in Japanese and English.
        detail_levels: the levels at which it may be given.
        dpv: terms of the Data Privacy Vocabulary, most fitting first.
        fhir_resources: FHIR R4 resource types that carry it; empty for purchases.
        loinc: LOINC codes that carry it.
    """

    id: str
    since: int
    key_class: int
    sensitivity: Sensitivity
    words: Words
    detail_levels: tuple[DetailLevel, ...]
    dpv: tuple[str, ...]
    fhir_resources: tuple[str, ...]
    loinc: tuple[str, ...]


def read(document: Mapping[str, Any]) -> dict[str, Category]:
    """Read the categories of a vocabulary document.

    Raises:
        ValueError: an id is given twice, a key class is out of range, or a version
            is newer than the document.
        KeyError: a member is missing.
    """
    found: dict[str, Category] = {}
    for item in document["categories"]:
        category = _read_one(item)
        if category.id in found or category.since > document["version"]:
            raise ValueError(f"{category.id} is given twice or comes from later.")
        found[category.id] = category
    return found


def _read_one(item: Mapping[str, Any]) -> Category:
    key_class = int(item["key_class"])
    if not FIRST_KEY_CLASS <= key_class <= LAST_KEY_CLASS:
        raise ValueError(f"{key_class} is not a key class of data.")
    return Category(
        id=item["id"],
        since=int(item["since"]),
        key_class=key_class,
        sensitivity=Sensitivity(item["sensitivity"]),
        words=read_words(item["words"]),
        detail_levels=tuple(DetailLevel(level) for level in item["detail_levels"]),
        dpv=tuple(item["dpv"]),
        fhir_resources=tuple(item["fhir"]["resources"]),
        loinc=tuple(item["fhir"]["loinc"]),
    )


_DOCUMENT = read_file("categories.json")

VERSION: int = _DOCUMENT["version"]
"""The version of the vocabulary in force."""

ALL: Mapping[str, Category] = MappingProxyType(read(_DOCUMENT))
"""Every category by its id, in the order of the file."""

GROUPS: Mapping[str, Words] = MappingProxyType(
    {item["id"]: read_words(item["words"]) for item in _DOCUMENT["groups"]}
)
"""Words for prefixes that stand above several categories."""

_MATCHES: dict[tuple[str, int], tuple[Category, ...]] = {}


def get(category_id: str) -> Category:
    """Return a category by its id; Invalid `vocabulary.unknown-category` if none."""
    found = ALL.get(category_id)
    if found is None:
        raise Invalid("vocabulary.unknown-category")
    return found


def match(prefix: str, *, as_of: int = VERSION) -> tuple[Category, ...]:
    """Return the categories that an id or prefix names, in the order of the file.

    Args:
        prefix: a category id or whole leading segments of one.
        as_of: version of the vocabulary that the words were spoken under; later
            categories are left out (D-07). An unknown prefix gives an empty tuple.
    """
    if prefix not in _KNOWN:
        return ()
    key = (prefix, as_of)
    found = _MATCHES.get(key)
    if found is None:
        found = tuple(
            category
            for category in ALL.values()
            if category.since <= as_of and is_prefix(prefix, category.id)
        )
        _MATCHES[key] = found
    return found


def expand(prefixes: Iterable[str], *, as_of: int = VERSION) -> tuple[Category, ...]:
    """Return the categories that any of the prefixes names, each once."""
    return _expand(tuple(prefixes), as_of)


@lru_cache(maxsize=4096)
def _expand(prefixes: tuple[str, ...], as_of: int) -> tuple[Category, ...]:
    found = {c.id: c for prefix in prefixes for c in match(prefix, as_of=as_of)}
    return tuple(found.values())


def words(prefix: str) -> Words:
    """Return the words for an id or a group; Invalid if the prefix is unknown."""
    group = GROUPS.get(prefix)
    return group if group is not None else get(prefix).words


_KNOWN = frozenset(
    ".".join(parts[: size + 1])
    for parts in (category_id.split(".") for category_id in ALL)
    for size in range(len(parts))
)
"""Every id and every prefix of one: what a grant may name."""
