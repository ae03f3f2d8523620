"""Which texts of the vocabulary a person read: each known by its SHA-256; pure (D-08).

A yes and an *allow* name the text of every purpose and category that they are about, as
it was on the screen. So a text that is approved later is seen to be another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_PARTS: Final = ("purposes", "categories")


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that were read, as pairs of id and SHA-256 in hex, sorted by id."""

    purposes: tuple[tuple[str, str], ...]
    categories: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """The texts that the person read, against those in force (D-08).

    Attributes:
        is_known: whether it is known which texts were read.
        purposes: purposes whose text in force means something else.
        categories: categories whose text in force means something else.
        waiting: categories with a new text that the board has not decided on.
        goes_on_until: first moment at which what waits, or is not known, stops; None
            if it has stopped.
    """

    is_known: bool = True
    purposes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    goes_on_until: datetime | None = None


SAME_TEXTS = TextFacts()
"""Every text is the one that was read."""


def sha256_of(subject_id: str) -> str:
    """Return the SHA-256 that stands in the id by which the board knows a text."""
    return subject_id.rpartition("@")[2]


def write(texts: Texts) -> dict[str, dict[str, str]]:
    """Return texts as a JSON object."""
    return {part: dict(getattr(texts, part)) for part in _PARTS}


def read(written: Mapping[str, Mapping[str, str]]) -> Texts:
    """Read texts from their JSON object."""
    return Texts(*(tuple(sorted(written[part].items())) for part in _PARTS))
