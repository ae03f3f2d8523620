"""Step two: open what the permit covers and make the bytes that would go."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from audit.merkle import leaf_hash, root
from consent.engine import Permit
from consent.selection import Selection
from pds.core.clock import tokyo_day
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.disclosure.body import Heading, items
from pds.disclosure.naming import naming_label, record_names
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.vault.records import Cursor, OpenRecord
from pds.vault.service import Vault

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Selected:
    """Records of one page or chunk, as one recipient may have them.

    Attributes:
        records: the records, opened.
        names: what the recipient knows them by.
        following: where the next page begins, or None.
    """

    records: list[OpenRecord]
    names: list[bytes]
    following: Cursor | None

    def objects(self, between: bytes = b",") -> bytes:
        """Return the very bytes that go: one JSON object per record."""
        return items(self.records, self.names, between)


def day_number(day: date) -> int:
    """Return a day as the vault counts it, from 1970-01-01."""
    return (day - _EPOCH).days


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
        """Return the next records of a selection, newest first."""
        page = self._vault.page(
            snap,
            owner,
            **_bounds(snap, selection),
            after=after,
            limit=limit,
        )
        if not page.records:
            return Selected([], [], None)
        index_key = self._keys.active(snap.connection, owner, KeyClass.INDEX)
        names = record_names(
            index_key.data_key.derive_once(naming_label(recipient_id)),
            [record.record_id for record in page.records],
        )
        return Selected(page.records, names, page.next)

    def count(
        self, snap: Snapshot, owner: OwnerId, selection: Selection
    ) -> dict[str, int]:
        """Return how many records a selection holds now, by category."""
        return self._vault.count(snap, owner, **_bounds(snap, selection))


def _bounds(snap: Snapshot, selection: Selection) -> dict[str, Any]:
    last = selection.last_day
    return {
        "categories": selection.categories,
        "first_day": day_number(selection.first_day),
        # Records of tomorrow (a clock abroad) are not yet part of a growing window.
        "last_day": tokyo_day(snap.now) if last is None else day_number(last),
    }


def record_list_root(records: list[OpenRecord]) -> bytes:
    """Return the Merkle root over (record id, version), in the order given.

    So the person can later prove that one record was, or was not, in a disclosure.
    """
    return root(list_leaves(records))


def list_leaves(records: list[OpenRecord]) -> list[bytes]:
    """Return the leaf hashes of a record list."""
    return [leaf_hash(r.record_id + r.version.to_bytes(8, "big")) for r in records]


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
