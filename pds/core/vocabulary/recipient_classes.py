"""Classes of recipients: the first axis of a standing instruction (D-03, D-05).

Each recipient is in one class, which the bank's staff choose. A class that is new to
the vocabulary is in no instruction made before it, so the person is asked (D-05).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pds.core.errors import Invalid
from pds.core.vocabulary.words import Words, read_file, read_words

MEDICAL: Final = "medical"
"""The class that alone may break the glass."""
OTHER: Final = "other"
"""The class of a recipient of which nothing more is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientClass:
    """One kind of organisation.

    Attributes:
        id: stable text id.
        since: version of the vocabulary that brought it.
        words: name and explanation in Japanese and English.
    """

    id: str
    since: int
    words: Words


def read(document: Mapping[str, Any]) -> dict[str, RecipientClass]:
    """Read the classes of a vocabulary document.

    Raises:
        ValueError: an id is given twice or comes from a later version, or there is no
            class for what fits nowhere.
        KeyError: a member is missing.
    """
    found: dict[str, RecipientClass] = {}
    for item in document["recipient_classes"]:
        read_one = RecipientClass(
            id=item["id"], since=int(item["since"]), words=read_words(item["words"])
        )
        if read_one.id in found or read_one.since > document["version"]:
            raise ValueError(f"{read_one.id} is given twice or comes from later.")
        found[read_one.id] = read_one
    if OTHER not in found:
        raise ValueError("A class for what fits nowhere is missing.")
    return found


_DOCUMENT = read_file("recipient_classes.json")

VERSION: Final[int] = _DOCUMENT["version"]
"""The version of the classes in force."""

ALL: Final[Mapping[str, RecipientClass]] = MappingProxyType(read(_DOCUMENT))
"""Every class by its id, in the order of the file."""


def get(class_id: str) -> RecipientClass:
    """Return a class; Invalid `vocabulary.unknown-recipient-class` if there is none."""
    found = ALL.get(class_id)
    if found is None:
        raise Invalid("vocabulary.unknown-recipient-class")
    return found
