"""The vocabulary as the board decides on it (D-08, D-09).

Each purpose with its ceilings is a thing of its own; so are the categories, and the
list of purposes that are forbidden.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from consent.board_items import Definition
from consent.facts import BoardSubjectKind
from pds.core.vocabulary.words import read_file

_VOCABULARY = {
    "categories": ("データの種類", "Categories of data"),
    "forbidden-purposes": ("禁止する目的", "Forbidden purposes"),
}


def definitions() -> Iterator[Definition]:
    """Yield every purpose, the categories, and the list of forbidden purposes."""
    written = read_file("purposes.json")
    for purpose in written["purposes"]:
        names = {each: purpose["words"][each]["name"] for each in ("ja", "en")}
        yield Definition(
            kind=BoardSubjectKind.PURPOSE,
            name=purpose["id"],
            title=names,
            document=purpose,
        )
    yield _vocabulary("categories", read_file("categories.json"))
    yield _vocabulary("forbidden-purposes", {"forbidden": written["forbidden"]})


@cache
def purpose_ids() -> Mapping[str, str]:
    """Return by purpose the id that the board decides on: its text as it is now."""
    return MappingProxyType(
        {
            each.name: each.subject_id
            for each in definitions()
            if each.kind is BoardSubjectKind.PURPOSE
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
