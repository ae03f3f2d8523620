"""Records that a person brought in: corrected or deleted by that person (C-07, C-09).

What came from somebody else is not the person's to change here; a request for its
correction goes to the source by the rights desk. Each act is answered and closed in the
desk's ledger, and bumps the fence, so that a disclosure which read the old version and
has not committed yet begins again.
"""

import hashlib
from typing import Final
from uuid import UUID

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.rights.desk import asking
from pds.rights.desk.asking import Wish
from pds.rights.desk.kinds import RequestKind
from pds.vault.records import OpenRecord, RecordDraft
from pds.vault.service import Vault
from providers.sources import SELF_SOURCE

CORRECTED: Final = "corrected"
DELETED: Final = "deleted"


def is_own(record: OpenRecord) -> bool:
    """Say whether the person brought a record in, and so may change it."""
    return record.source_id == SELF_SOURCE


def correct(
    work: Work, vault: Vault, owner: OwnerId, record_id: UUID, draft: RecordDraft
) -> int:
    """Replace a record of the person's own by another version; return its number.

    Raises:
        VaultNotFound: there is no such record.
        VaultInvalid: the draft cannot be stored, or is of another category.
        Conflict: `rights.not-own`; it came from somebody else.
    """
    old = _hold(work, vault, owner, record_id)
    version = vault.correct(work, owner, record_id, draft)
    _record(work, owner, old, RequestKind.CORRECTION, CORRECTED, draft.payload)
    return version


def delete(work: Work, vault: Vault, owner: OwnerId, record_id: UUID) -> None:
    """Put a tombstone over a record of the person's own; raises as `correct`."""
    old = _hold(work, vault, owner, record_id)
    vault.delete(work, owner, record_id)
    _record(work, owner, old, RequestKind.ERASURE, DELETED, None)


def _hold(work: Work, vault: Vault, owner: OwnerId, record_id: UUID) -> OpenRecord:
    # The fence comes first: on PostgreSQL it holds the person for this unit of work.
    person.bump_fence(work, owner)
    found = vault.get(work, owner, record_id)
    if not is_own(found):
        raise Conflict("rights.not-own", "The record came from somebody else.")
    return found


def _record(
    work: Work,
    owner: OwnerId,
    old: OpenRecord,
    kind: RequestKind,
    action: str,
    payload: bytes | None,
) -> None:
    record_id = UUID(bytes=old.record_id)
    wish = Wish(kind=kind, record_id=record_id, source_id=old.source_id)
    request = asking.answered_at_once(work, owner, wish)
    named = f"record:{record_id} old:{_digest(old.payload)}"
    if payload is not None:
        named = f"{named} new:{_digest(payload)}"
    work.log.record(
        Entry(
            type=EventType.RECORD_WRITTEN,
            subject=owner,
            source=str(old.source_id),
            categories=(old.category,),
            count=1,
            detail={
                "actor": asking.PERSON,
                "object": named,
                "reasons": action,
                "request_id": str(request.request_id),
            },
        )
    )


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
