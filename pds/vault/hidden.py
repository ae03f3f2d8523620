"""Hidden records: stored in several transactions, shown to readers in one.

A hidden record has state undone and sealed bytes, which no other row has: a tombstone
has none, and a record that was undone is superseded by its tombstone.
"""

from uuid import UUID

from sqlalchemy import delete, literal, select, update

from pds.core.ids import OwnerId
from pds.vault.records import RecordState, Writing
from pds.vault.tables import vault_record
from pds.vault.writer import lock_index

_c = vault_record.c
_IS_HIDDEN = (_c.state == RecordState.UNDONE.value) & (
    _c.sealed != literal(b"", _c.sealed.type)
)


def reveal(work: Writing, owner: OwnerId, import_id: UUID) -> set[UUID]:
    """Make an import's hidden records current, in one statement.

    One that came meanwhile by another import stays away and is deleted. They count as
    stored from now on: whoever asks what is new since yesterday has not met them yet.

    Returns:
        The ids that were deleted.
    """
    lock_index(work.connection, owner)
    other = vault_record.alias()
    is_there = (
        select(other.c.record_id)
        .where(
            other.c.owner_id == owner,
            other.c.dedupe_key == _c.dedupe_key,
            other.c.state == RecordState.CURRENT.value,
        )
        .exists()
    )
    mine = (_c.owner_id == owner, _c.import_id == import_id, _IS_HIDDEN)
    work.connection.execute(
        update(vault_record)
        .where(*mine, ~is_there)
        .values(state=RecordState.CURRENT.value, created_at=work.now)
    )
    late = work.connection.execute(select(_c.record_id).where(*mine)).scalars()
    found = set(late)
    if found:
        discard(work, owner, import_id)
    return found


def discard(work: Writing, owner: OwnerId, import_id: UUID) -> None:
    """Delete an import's hidden records, which nobody has ever seen."""
    work.connection.execute(
        delete(vault_record).where(
            _c.owner_id == owner, _c.import_id == import_id, _IS_HIDDEN
        )
    )
