"""The vocabulary as the board decides on it (D-08, D-09).

Each purpose with its ceilings is a thing of its own; so are the categories, and the
list of purposes that are forbidden.
"""

from collections.abc import Iterator

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


def _vocabulary(name: str, document: dict[str, object]) -> Definition:
    ja, en = _VOCABULARY[name]
    return Definition(
        kind=BoardSubjectKind.VOCABULARY,
        name=name,
        title={"ja": ja, "en": en},
        document=document,
    )
