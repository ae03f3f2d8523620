"""The texts of the vocabulary that are in use, as a yes names them (D-08)."""

from collections.abc import Iterable, Mapping
from typing import Any

from consent import board_items, board_vocabulary
from consent.facts import BoardSubjectKind
from consent.terms import DataProvision
from consent.texts import Texts, sha256_of
from pds.core.database import Snapshot
from pds.core.vocabulary import categories


def of(purposes: Iterable[str], prefixes: Iterable[str]) -> Texts:
    """Return the texts in use of purposes and of the categories that prefixes name."""
    ids, parts = board_vocabulary.purpose_ids(), board_vocabulary.category_texts()
    names = sorted(each.id for each in categories.expand(tuple(prefixes)))
    return Texts(
        tuple((each, sha256_of(ids[each])) for each in sorted(purposes) if each in ids),
        tuple((each, parts[each]) for each in names),
    )


def of_provision(provision: DataProvision) -> Texts:
    """Return the texts in use of everything that terms are about."""
    return of((provision.purpose,), provision.categories)


_parts: dict[str, Mapping[str, str]] = {}


def of_categories(subject_id: str, document: Mapping[str, Any]) -> Mapping[str, str]:
    """Return by category the SHA-256 of its entry in a text of all categories.

    The id has the hash of the text in it, so what was computed for it stays right.
    """
    found = _parts.get(subject_id)
    if found is None:
        found = _parts[subject_id] = board_vocabulary.entries(document)
    return found


def of_registered(snap: Snapshot, subject_id: str) -> Mapping[str, str]:
    """Return the same of a text that was registered, which is read and parsed once.

    Raises:
        NotFound: `board.nothing-to-decide`.
    """
    found = _parts.get(subject_id)
    if found is not None:
        return found
    item = board_items.get(snap, BoardSubjectKind.VOCABULARY, subject_id)
    return of_categories(subject_id, item.document)
