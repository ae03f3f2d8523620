"""Records that a person corrects or deletes: the own ones, and what was granted (C-07).

What came from somebody else is not the person's to change here; a request for its
correction goes to the source by the rights desk. When the desk grants it, the person
writes the corrected version, which then is the person's own word and says so; the old
one stays behind it. Each act is answered in the desk's ledger, and bumps the fence, so
that a disclosure which read the old version and has not committed yet begins again.
"""

from typing import Final
from uuid import UUID

from audit import person
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.rights.desk import asking, fulfilling, requests
from pds.rights.desk.asking import Wish
from pds.rights.desk.kinds import RequestKind
from pds.vault.records import OpenRecord, RecordDraft
from pds.vault.service import Vault
from providers.sources import SELF_SOURCE

CORRECTED: Final = "corrected"


def is_own(record: OpenRecord) -> bool:
    """Say whether the person brought a record in, and so may change it."""
    return record.source_id == SELF_SOURCE


def may_correct(snap: Snapshot, owner: OwnerId, record: OpenRecord) -> bool:
    """Say whether a record is the person's own, or its correction was granted."""
    record_id = UUID(bytes=record.record_id)
    return is_own(record) or requests.promised(snap, owner, record_id) is not None


def correct(
    work: Work, vault: Vault, owner: OwnerId, record_id: UUID, draft: RecordDraft
) -> int:
    """Replace a record by another version; return its number.

    A correction that the desk granted is carried out by it.

    Raises:
        VaultNotFound: there is no such record.
        VaultInvalid: the draft cannot be stored, or is of another category.
        Conflict: `rights.not-own`; it came from somebody else, and nothing is granted.
    """
    old = _hold(work, vault, owner, record_id)
    granted = requests.promised(work, owner, record_id)
    if granted is None:
        _require_own(old)
    version = vault.correct(work, owner, record_id, draft)
    wish = _wish(RequestKind.CORRECTION, old)
    if granted is None:
        request = asking.answered_at_once(work, owner, wish)
    else:
        request = fulfilling.done(work, granted, actor=asking.PERSON)
    fulfilling.record_change(
        work, request, old, CORRECTED, draft.payload, actor=asking.PERSON
    )
    return version


def delete(work: Work, vault: Vault, owner: OwnerId, record_id: UUID) -> None:
    """Put a tombstone over a record of the person's own.

    Raises:
        VaultNotFound: there is no such record.
        Conflict: `rights.not-own`; it came from somebody else.
    """
    old = _hold(work, vault, owner, record_id)
    _require_own(old)
    vault.delete(work, owner, record_id)
    wish = _wish(RequestKind.ERASURE, old)
    request = asking.answered_at_once(work, owner, wish)
    fulfilling.record_change(
        work, request, old, fulfilling.DELETED, None, actor=asking.PERSON
    )


def _hold(work: Work, vault: Vault, owner: OwnerId, record_id: UUID) -> OpenRecord:
    # The fence comes first: on PostgreSQL it holds the person for this unit of work.
    person.bump_fence(work, owner)
    return vault.get(work, owner, record_id)


def _require_own(record: OpenRecord) -> None:
    if not is_own(record):
        raise Conflict("rights.not-own", "The record came from somebody else.")


def _wish(kind: RequestKind, old: OpenRecord) -> Wish:
    record_id = UUID(bytes=old.record_id)
    return Wish(kind=kind, record_id=record_id, source_id=old.source_id)
