"""Step two: open what the permit covers and make the bytes that would go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from audit.merkle import root
from consent.engine import Permit
from consent.periods import SUMMED
from consent.selection import Selection
from pds.core.clock import day_number
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.disclosure import answering, summed
from pds.disclosure.body import Heading, items
from pds.disclosure.minimising import minimise
from pds.disclosure.naming import naming_label, record_names
from pds.disclosure.reading import days, list_leaf
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.vault.records import Cursor, OpenRecord, Since
from pds.vault.service import Vault


class Selected(Protocol):
    """What goes in one page or chunk, as one recipient may have it."""

    @property
    def count(self) -> int:
        """Number of objects that go."""
        ...

    @property
    def leaves(self) -> list[bytes]:
        """Leaf hashes of the records that it rests on, in the order read."""
        ...

    @property
    def following(self) -> Cursor | None:
        """Where the next page begins, or None."""
        ...

    def objects(self, between: bytes = b",") -> bytes:
        """Return the very bytes that go: JSON objects."""
        ...


@dataclass(frozen=True)
class SelectedRecords:
    """Single records.

    Attributes:
        records: the records, opened.
        names: what the recipient knows them by.
        following: where the next page begins, or None.
    """

    records: list[OpenRecord]
    names: list[bytes]
    following: Cursor | None

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.records)

    @property
    def leaves(self) -> list[bytes]:
        """Leaf hashes of the records."""
        return [list_leaf(record) for record in self.records]

    def objects(self, between: bytes = b",") -> bytes:
        """Return the very bytes that go: one JSON object per record."""
        return items(self.records, self.names, between)


class Selector:
    """Reads what a selection covers, as one recipient gets it."""

    def __init__(self, vault: Vault, keys: Keyring) -> None:
        self._vault = vault
        self._keys = keys

    def read(
        self,
        snap: Snapshot,
        owner: OwnerId,
        recipient_id: str,
        selection: Selection,
        after: Cursor | None,
        limit: int,
        since: Since | None = None,
    ) -> Selected:
        """Return what goes next of a selection, newest first.

        Args:
            snap: one consistent state.
            owner: whose records.
            recipient_id: who gets it; the names of records depend on it.
            selection: what the permit covers, and at which level.
            after: the place reached, or None.
            limit: most objects.
            since: single records that are not new by it are left out; sums and answers
                are always given as they are now.
        """
        if selection.question is not None:
            if limit < 1:
                return SelectedRecords([], [], None)
            return answering.read(self._vault, snap, owner, selection)
        if selection.detail in SUMMED:
            return summed.read(self._vault, snap, owner, selection, after, limit)
        wanted = _bounds(snap, selection) | {"limit": limit, "since": since}
        return self._records(
            snap, owner, recipient_id, selection.purpose, after, wanted
        )

    def _records(
        self,
        snap: Snapshot,
        owner: OwnerId,
        recipient_id: str,
        purpose: str,
        after: Cursor | None,
        wanted: Mapping[str, Any],
    ) -> SelectedRecords:
        page = self._vault.page(snap, owner, **wanted, after=after)
        if not page.records:
            return SelectedRecords([], [], None)
        for record in page.records:
            record.payload = minimise(record.payload, purpose, record.category)
        ids = [record.record_id for record in page.records]
        names = self._names(snap, owner, recipient_id, ids)
        return SelectedRecords(page.records, names, page.next)

    def _names(
        self, snap: Snapshot, owner: OwnerId, recipient_id: str, ids: Sequence[bytes]
    ) -> list[bytes]:
        index_key = self._keys.active(snap.connection, owner, KeyClass.INDEX)
        key = index_key.data_key.derive_once(naming_label(recipient_id))
        return record_names(key, ids)

    def is_new(
        self, snap: Snapshot, owner: OwnerId, selection: Selection, since: Since
    ) -> bool:
        """Say whether a selection may hold anything new; sums and answers always do."""
        is_single = selection.question is None and selection.detail not in SUMMED
        return not is_single or self._vault.is_new(snap, owner, since)

    def gone(
        self,
        snap: Snapshot,
        owner: OwnerId,
        recipient_id: str,
        selection: Selection,
        since: Since,
        limit: int,
    ) -> list[bytes]:
        """Return names of single records that were replaced or ended since."""
        if selection.question is not None or selection.detail in SUMMED:
            return []
        found = self._vault.gone(snap, owner, since, limit)
        ids = [each for each, name in found if name in selection.categories]
        return self._names(snap, owner, recipient_id, ids) if ids else []

    def count(
        self, snap: Snapshot, owner: OwnerId, selection: Selection
    ) -> dict[str, int]:
        """Return how many records a selection holds now, by category."""
        return self._vault.count(snap, owner, **_bounds(snap, selection))


def _bounds(snap: Snapshot, selection: Selection) -> dict[str, Any]:
    first, last = days(snap, selection)
    return {
        "categories": selection.categories,
        "first_day": day_number(first),
        "last_day": day_number(last),
    }


def record_list_root(selected: Selected) -> bytes:
    """Return the Merkle root over (record id, version), in the order read.

    So the person can later prove that one record was, or was not, in a disclosure, as
    itself or in a sum.
    """
    return root(selected.leaves)


def heading(permit: Permit, subject: str) -> Heading:
    """Return what stands above the records."""
    return Heading(
        subject=subject,
        consent_id=str(permit.consent_id),
        consent_version=permit.consent_version,
        purpose=permit.purpose,
        form=permit.selection.form.value,
        detail=permit.selection.detail.value,
        retention_days=permit.retention_days,
    )


def digest(body: bytes) -> bytes:
    """Return the SHA-256 of a body."""
    return sha256(body).digest()
