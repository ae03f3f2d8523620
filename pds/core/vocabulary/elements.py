"""Elements that a recipient never needs, left out of every record that goes.

A group names members of payloads, at every depth, with the categories where they are
left out and, where that is not for every purpose, the purposes. An element that is once
left out stays left out, since persons were told so: groups only grow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pds.core.vocabulary import categories, purposes
from pds.core.vocabulary.words import Words, is_prefix, read_file, read_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementGroup:
    """Elements that are left out together.

    Attributes:
        id: stable text id.
        since: version of the list that brought it.
        prefixes: category ids or prefixes in which they are left out.
        purposes: for which purposes; empty for every one.
        members: names of members of a payload.
        words: what they are, in Japanese and English.
    """

    id: str
    since: int
    prefixes: tuple[str, ...]
    purposes: tuple[str, ...]
    members: tuple[str, ...]
    words: Words

    def is_left_out(self, purpose: str, category: str) -> bool:
        """Say whether the group is left out of a category for a purpose."""
        return (not self.purposes or purpose in self.purposes) and any(
            is_prefix(prefix, category) for prefix in self.prefixes
        )


def read(document: Mapping[str, Any]) -> dict[str, ElementGroup]:
    """Read the groups of a document.

    Raises:
        ValueError: an id is given twice or comes from later, a prefix or purpose is
            unknown, or no member is named.
        KeyError: a member is missing.
    """
    found: dict[str, ElementGroup] = {}
    for item in document["groups"]:
        group = ElementGroup(
            id=item["id"],
            since=int(item["since"]),
            prefixes=tuple(item["prefixes"]),
            purposes=tuple(item["purposes"]),
            members=tuple(item["members"]),
            words=read_words(item["words"]),
        )
        if group.id in found or group.since > document["version"]:
            raise ValueError(f"{group.id} is given twice or comes from later.")
        _check(group)
        found[group.id] = group
    return found


def _check(group: ElementGroup) -> None:
    known = all(categories.match(prefix) for prefix in group.prefixes)
    if not (known and group.prefixes and set(group.purposes) <= set(purposes.ALL)):
        raise ValueError(f"{group.id} names an unknown category or purpose.")
    if not group.members or not all(name.isidentifier() for name in group.members):
        raise ValueError(f"{group.id} names no member, or not one.")


_DOCUMENT = read_file("elements.json")

VERSION: int = _DOCUMENT["version"]
"""The version of the list in force."""

ALL: Mapping[str, ElementGroup] = MappingProxyType(read(_DOCUMENT))
"""Every group by its id, in the order of the file."""


def leaves_out(groups: Iterable[ElementGroup]) -> bool:
    """Say whether this list leaves out all that some other groups leave out."""
    return all(
        name in left_out(purpose, category)
        for group in groups
        for purpose in purposes.ALL
        for category in categories.ALL
        if group.is_left_out(purpose, category)
        for name in group.members
    )


@lru_cache(maxsize=1024)
def left_out(purpose: str, category: str) -> tuple[str, ...]:
    """Return the members that no record of a category carries for a purpose."""
    return tuple(
        name
        for group in ALL.values()
        if group.is_left_out(purpose, category)
        for name in group.members
    )


def groups_left_out(purpose: str, chosen: Iterable[str]) -> list[ElementGroup]:
    """Return the groups that are left out of at least one of some categories."""
    ids = tuple(chosen)
    return [
        group
        for group in ALL.values()
        if any(group.is_left_out(purpose, category) for category in ids)
    ]
