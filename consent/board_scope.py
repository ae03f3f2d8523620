"""Says whether the board needs its medical seat for a thing (X-05).

Health data that needs special care is given because of contracts, offers, questions,
purposes and lists of profiles; how careful one has to be with a category, and what is
left out of its records, stands in the vocabulary. A question counts by what it reads,
even if the answer says little of it. Data sets hold no such data (`dataset_rules`).
"""

from typing import Final
from uuid import UUID

from consent import board_items, contracts, offers
from consent.facts import BoardSubjectKind
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.vocabulary import Sensitivity, categories, elements, purposes, questions

CONCERNED: Final = frozenset(
    {
        BoardSubjectKind.CONTRACT,
        BoardSubjectKind.OFFER,
        BoardSubjectKind.PROFILE,
        BoardSubjectKind.PURPOSE,
        BoardSubjectKind.QUESTION,
        BoardSubjectKind.VOCABULARY,
    }
)
"""Kinds of things that may concern health data that needs special care."""


def is_medical(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> bool:
    """Say whether special-care health data is given because of a thing."""
    if kind not in CONCERNED:
        return False
    try:
        return _has_special_care(_prefixes(snap, kind, subject_id))
    except (Invalid, NotFound, ValueError):
        # What cannot be found cannot be known to need no medical eye.
        return True


def _prefixes(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str
) -> tuple[str, ...]:
    name = subject_id.partition("@")[0]
    if kind is BoardSubjectKind.CONTRACT:
        return contracts.get(snap, UUID(subject_id)).terms.categories
    if kind is BoardSubjectKind.OFFER:
        return offers.get(snap, UUID(subject_id)).template.provision.categories
    if kind is BoardSubjectKind.PROFILE:
        return tuple(board_items.get(snap, kind, subject_id).document["categories"])
    if kind is BoardSubjectKind.QUESTION:
        return (questions.get(name).category,)
    if kind is BoardSubjectKind.PURPOSE:
        return tuple(each.prefix for each in purposes.get(name).ceilings)
    return _of_vocabulary(name)


def _of_vocabulary(name: str) -> tuple[str, ...]:
    if name == "categories":
        return tuple(categories.ALL)
    if name == "elements":
        return tuple(x for group in elements.ALL.values() for x in group.prefixes)
    if name == "forbidden-purposes":
        return ()
    raise NotFound("board.nothing-to-decide", "There is no such list.")


def _has_special_care(prefixes: tuple[str, ...]) -> bool:
    return any(
        each.sensitivity is Sensitivity.SPECIAL_CARE and each.id.startswith("health.")
        for each in categories.expand(prefixes)
    )
