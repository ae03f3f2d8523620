"""The vault as the layers above see it."""

from collections.abc import Sequence
from uuid import UUID

from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.keys.keyring import Keyring
from pds.vault import hidden as hiding
from pds.vault import imports
from pds.vault.label import Labels
from pds.vault.reader import Reader
from pds.vault.records import (
    Added,
    Cursor,
    Import,
    OpenRecord,
    Page,
    RawOriginal,
    RecordDraft,
    Since,
    Writing,
)
from pds.vault.writer import Writer


class Vault:
    """Stores and gives back the records of persons, and nothing else.

    Whoever calls it has decided before that it may, and has recorded it.

    Args:
        keys: the keyring of this process.
    """

    def __init__(self, keys: Keyring) -> None:
        labels = Labels()
        self._keys = keys
        self._reader = Reader(keys, labels)
        self._writer = Writer(keys, labels)

    def begin_import(
        self,
        work: Writing,
        owner: OwnerId,
        import_id: UUID,
        *,
        source_id: UUID,
        media_type: str,
    ) -> None:
        """Note an import before its first record."""
        imports.begin(work, owner, import_id, source_id, media_type)

    def add(
        self,
        work: Writing,
        owner: OwnerId,
        import_id: UUID,
        drafts: Sequence[RecordDraft],
        *,
        rejected: int = 0,
        hidden: bool = False,
    ) -> list[Added]:
        """Store the drafts that are not there yet and count all on the import.

        Args:
            work: the unit of work.
            owner: whose records they are.
            import_id: an import that was begun.
            drafts: at most a few thousand at a time.
            rejected: items that never became drafts, for the import's counts.
            hidden: whether readers are to meet the records only after `reveal`.

        Raises:
            VaultInvalid: a draft cannot be stored; then none is.
            VaultNotFound: the import was not begun.
        """
        added = self._writer.add(work, owner, import_id, drafts, hidden=hidden)
        stored = sum(one.record_id is not None for one in added)
        imports.tally(
            work,
            owner,
            import_id,
            stored=stored,
            duplicate=len(added) - stored,
            rejected=rejected,
        )
        return added

    def reveal(self, work: Writing, owner: OwnerId, import_id: UUID) -> set[UUID]:
        """Show an import's hidden records to readers, all at once.

        Returns:
            The ids of those that another import brought meanwhile; they are gone.

        Raises:
            VaultNotFound: the import was not begun.
        """
        late = hiding.reveal(work, owner, import_id)
        imports.tally(
            work,
            owner,
            import_id,
            stored=-len(late),
            duplicate=len(late),
            rejected=0,
        )
        return late

    def discard(self, work: Writing, owner: OwnerId, import_id: UUID) -> None:
        """Delete an import's hidden records and mark the import undone.

        Raises:
            VaultNotFound: the owner has no such import, or it was undone before.
        """
        imports.close(work, owner, import_id)
        hiding.discard(work, owner, import_id)

    def undo(self, work: Writing, owner: OwnerId, import_id: UUID) -> int:
        """Take back an import: tombstones over its records, its original dropped.

        Returns:
            How many records it took back.

        Raises:
            VaultNotFound: the owner has no such import, or it was undone before.
        """
        imports.close(work, owner, import_id)
        return self._writer.undo(work, owner, import_id)

    def delete(self, work: Writing, owner: OwnerId, record_id: UUID) -> None:
        """Put a tombstone over one record; VaultNotFound if the owner has none."""
        self._writer.delete(work, owner, record_id)

    def correct(
        self, work: Writing, owner: OwnerId, record_id: UUID, draft: RecordDraft
    ) -> int:
        """Store another version of one record; return its number.

        Raises:
            VaultInvalid: the draft cannot be stored, or is of another category.
            VaultNotFound: the owner has no such record.
        """
        return self._writer.correct(work, owner, record_id, draft)

    def page(
        self,
        snap: Snapshot,
        owner: OwnerId,
        *,
        categories: Sequence[str],
        first_day: int | None = None,
        last_day: int | None = None,
        sources: Sequence[UUID] = (),
        after: Cursor | None = None,
        limit: int,
        goes_on: bool = False,
        since: Since | None = None,
    ) -> Page:
        """Return records of exact categories, newest first, a page at a time.

        Args:
            snap: one consistent state.
            owner: whose records.
            categories: exact category ids.
            first_day: records that begin before this day are left out.
            last_day: records that end after this day are left out.
            sources: where they came from; none means from anywhere.
            after: where the page before ended.
            limit: most records on the page.
            goes_on: leave out what does not open, and count it, instead of raising.
            since: what is not new by it is left out.

        Raises:
            EnvelopeError: a record does not open; nothing is returned.
            KeyUnavailable: a key is destroyed.
        """
        return self._reader.page(
            snap,
            owner,
            categories=categories,
            first_day=first_day,
            last_day=last_day,
            sources=sources,
            after=after,
            limit=limit,
            goes_on=goes_on,
            since=since,
        )

    def is_new(self, snap: Snapshot, owner: OwnerId, since: Since) -> bool:
        """Say whether anything of a person may be new to somebody; False is certain."""
        return self._reader.is_new(snap, owner, since)

    def gone(
        self, snap: Snapshot, owner: OwnerId, since: Since, limit: int
    ) -> list[tuple[bytes, str]]:
        """Return id and category of what was there before and was replaced or ended.

        What replaces one is met by `page` as well, if it lies in the window.
        """
        return self._reader.gone(snap, owner, since, limit)

    def count(
        self,
        snap: Snapshot,
        owner: OwnerId,
        *,
        categories: Sequence[str],
        first_day: int | None = None,
        last_day: int | None = None,
    ) -> dict[str, int]:
        """Return the number of records by category; categories without any are out."""
        return self._reader.count(
            snap, owner, categories=categories, first_day=first_day, last_day=last_day
        )

    def get(self, snap: Snapshot, owner: OwnerId, record_id: UUID) -> OpenRecord:
        """Return the current version of a record.

        Raises:
            VaultNotFound: the owner has none, or it was undone or deleted.
        """
        return self._reader.get(snap, owner, record_id)

    def imports(self, snap: Snapshot, owner: OwnerId) -> list[Import]:
        """Return the owner's imports, newest first."""
        return imports.listed(snap, owner)

    def put_raw(
        self,
        work: Writing,
        owner: OwnerId,
        import_id: UUID,
        media_type: str,
        content: bytes,
    ) -> None:
        """Seal a file as it was received, under a key that no category shares."""
        imports.put_raw(work, self._keys, owner, import_id, media_type, content)

    def read_raw(self, snap: Snapshot, owner: OwnerId, import_id: UUID) -> RawOriginal:
        """Return the file of an import.

        Raises:
            VaultNotFound: none was kept.
            EnvelopeError: it does not open.
        """
        return imports.read_raw(snap, self._keys, owner, import_id)
