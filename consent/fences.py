"""The fences that a decision rests on, read again in the transaction that records it.

A fence grows with every change of its row, so a decision made before is noticed.
"""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from consent import board_vocabulary, facts_queries
from consent.facts import BoardSubjectKind, Facts
from consent.fence_counters import Fences
from pds.core.database import Snapshot
from pds.core.ids import OwnerId

_NOBODY = b"\x00" * 16


def fences(snap: Snapshot, owner: OwnerId, facts: Facts) -> Fences:
    """Read the fences of the rows that facts rest on; compare with `facts.fences`."""
    row = facts_queries.FENCES.one(snap.connection, **fence_places(owner, facts))
    return fences_of(row)


def fences_of(row: Iterable[int | None]) -> Fences:
    """Return the fences that `facts_queries.FENCE_COLUMNS` gave."""
    return Fences(*(fence or 0 for fence in row))


def fence_places(owner: OwnerId, facts: Facts) -> dict[str, object]:
    """Return the parameters of `facts_queries.FENCE_COLUMNS`."""
    recipient_id = facts.consent.recipient_id if facts.consent else ""
    contract_id = facts.contract.contract_id if facts.contract else None
    offer_id = facts.consent.terms.offer_id if facts.consent else None
    question = facts.consent.terms.question if facts.consent else None
    purpose = facts.consent.terms.purpose if facts.consent else None
    return {
        "owner": owner.bytes,
        "recipient": recipient_id,
        "contract": _raw(contract_id),
        "offer": _raw(offer_id),
        **subject_ids(subjects(recipient_id, contract_id, offer_id, question, purpose)),
    }


def _raw(found: UUID | None) -> bytes:
    return _NOBODY if found is None else found.bytes


@lru_cache(maxsize=1024)
def subjects(
    recipient_id: str,
    contract_id: UUID | None,
    offer_id: UUID | None,
    question: str | None,
    purpose: str | None,
) -> tuple[tuple[BoardSubjectKind, str], ...]:
    """Return everything that a provision rests on, as the board decides on it.

    The id is empty where there is none, or where the vocabulary does not know the name.
    """
    lists = board_vocabulary.list_ids().values()
    return (
        (BoardSubjectKind.RECIPIENT, recipient_id),
        (BoardSubjectKind.CONTRACT, "" if contract_id is None else str(contract_id)),
        (BoardSubjectKind.OFFER, "" if offer_id is None else str(offer_id)),
        (
            BoardSubjectKind.QUESTION,
            board_vocabulary.question_ids().get(question or "", ""),
        ),
        (
            BoardSubjectKind.PURPOSE,
            board_vocabulary.purpose_ids().get(purpose or "", ""),
        ),
        *((BoardSubjectKind.VOCABULARY, each) for each in lists),
    )


@lru_cache(maxsize=1024)
def subject_ids(
    found: tuple[tuple[BoardSubjectKind, str], ...],
) -> dict[str, str]:
    """Return the parameters by which board decisions on these things are found."""
    kinds = {f"kind_{n}": kind.value for n, (kind, _name) in enumerate(found)}
    return kinds | {f"id_{n}": name for n, (_kind, name) in enumerate(found)}
