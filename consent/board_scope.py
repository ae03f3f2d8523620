"""Says whether the board needs its medical seat for a thing (X-05)."""

from uuid import UUID

from consent import board_items, contracts, offers
from consent.facts import BoardSubjectKind
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.vocabulary import Sensitivity, categories, purposes

_CONCERNED = frozenset(
    {
        BoardSubjectKind.CONTRACT,
        BoardSubjectKind.OFFER,
        BoardSubjectKind.PROFILE,
        BoardSubjectKind.PURPOSE,
    }
)


def is_medical(snap: Snapshot, kind: BoardSubjectKind, subject_id: str) -> bool:
    """Say whether special-care health data is given because of a thing."""
    try:
        return _has_special_care(_prefixes(snap, kind, subject_id))
    except (NotFound, ValueError):
        # What cannot be found cannot be known to need no medical eye.
        return kind in _CONCERNED


def _prefixes(
    snap: Snapshot, kind: BoardSubjectKind, subject_id: str
) -> tuple[str, ...]:
    if kind is BoardSubjectKind.CONTRACT:
        return contracts.get(snap, UUID(subject_id)).terms.categories
    if kind is BoardSubjectKind.OFFER:
        return offers.get(snap, UUID(subject_id)).template.provision.categories
    if kind is BoardSubjectKind.PROFILE:
        return tuple(board_items.get(snap, kind, subject_id).document["categories"])
    if kind is BoardSubjectKind.PURPOSE:
        purpose = purposes.ALL.get(subject_id.partition("@")[0])
        return tuple(each.prefix for each in purpose.ceilings) if purpose else ()
    return ()


def _has_special_care(prefixes: tuple[str, ...]) -> bool:
    return any(
        each.sensitivity is Sensitivity.SPECIAL_CARE and each.id.startswith("health.")
        for each in categories.expand(prefixes)
    )
