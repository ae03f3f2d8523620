"""Step two: open what the permit covers and make the bytes that would go."""

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
from pds.vault.records import Cursor, OpenRecord
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
    ) -> Selected:
        """Return what goes next of a selection, newest first.

        Args:
            snap: one consistent state.
            owner: whose records.
            recipient_id: who gets it; the names of records depend on it.
            selection: what the permit covers, and at which level.
            after: the place reached, or None.
            limit: most objects.
        """
        if selection.question is not None:
            if limit < 1:
                return SelectedRecords([], [], None)
            return answering.read(self._vault, snap, owner, selection)
        if selection.detail in SUMMED:
            return summed.read(self._vault, snap, owner, selection, after, limit)
        return self._records(snap, owner, recipient_id, selection, after, limit)

    def _records(
        self,
        snap: Snapshot,
        owner: OwnerId,
        recipient_id: str,
        selection: Selection,
        after: Cursor | None,
        limit: int,
    ) -> SelectedRecords:
        page = self._vault.page(
            snap,
            owner,
            **_bounds(snap, selection),
            after=after,
            limit=limit,
        )
        if not page.records:
            return SelectedRecords([], [], None)
        for record in page.records:
            record.payload = minimise(
                record.payload, selection.purpose, record.category
            )
        index_key = self._keys.active(snap.connection, owner, KeyClass.INDEX)
        names = record_names(
            index_key.data_key.derive_once(naming_label(recipient_id)),
            [record.record_id for record in page.records],
        )
        return SelectedRecords(page.records, names, page.next)

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
