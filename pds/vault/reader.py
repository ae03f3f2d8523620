"""Reads records: pages, counts, single ones."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories as classes
from pds.crypto.envelope import Sealer
from pds.keys.keyring import Keyring
from pds.vault import selection
from pds.vault.errors import VaultNotFound
from pds.vault.label import Labels
from pds.vault.records import Cursor, OpenRecord, Page

LEAST_DAY, MOST_DAY = -(2**31), 2**31 - 1


class Reader:
    """Opens records through the keyring."""

    def __init__(self, keys: Keyring, labels: Labels) -> None:
        self._keys = keys
        self._labels = labels

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
    ) -> Page:
        """Return records of exact categories that lie wholly in a window of days.

        Sources narrow the records to those that came from one of them.

        Raises:
            EnvelopeError: a record does not open; nothing is returned.
            KeyUnavailable: a key is destroyed.
        """
        if not categories or limit < 1:
            return Page([], None)
        names, origins = sorted(set(categories)), sorted(set(sources))
        values = _window(owner, names, first_day, last_day)
        start = after or Cursor(values["last"], MOST_DAY, b"")
        rows = selection.page_of(len(names), len(origins)).all(
            snap.connection,
            **values,
            **{f"s{n}": origin.bytes for n, origin in enumerate(origins)},
            day=start.last_day,
            order=start.order_in_day,
            record=start.record_id,
            size=limit + 1,
        )
        records = self._open(snap, owner, rows[:limit])
        return Page(records, records[-1].cursor if len(rows) > limit else None)

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
        if not categories:
            return {}
        values = _window(owner, sorted(set(categories)), first_day, last_day)
        rows = selection.count_of(len(values) - 3).all(snap.connection, **values)
        return {str(category): int(count) for category, count in rows}

    def get(self, snap: Snapshot, owner: OwnerId, record_id: UUID) -> OpenRecord:
        """Return the current version of a record.

        Raises:
            VaultNotFound: the owner has none, or it was undone or deleted.
        """
        row = selection.ONE.one(
            snap.connection, owner=owner.bytes, record=record_id.bytes
        )
        if row is None:
            raise VaultNotFound("vault.no-record", "There is no such record.")
        return self._open(snap, owner, [row])[0]

    def _open(
        self, snap: Snapshot, owner: OwnerId, rows: list[tuple[Any, ...]]
    ) -> list[OpenRecord]:
        items = self._items(rows)
        which = {(row[2], row[3]) for row in rows}
        sealers = {key: self._sealer(snap, owner, *key) for key in which}
        if len(sealers) == 1:
            texts = next(iter(sealers.values())).open_many(items)
        else:
            texts = [
                sealers[row[2], row[3]].open(*item)
                for row, item in zip(rows, items, strict=True)
            ]
        return list(map(OpenRecord, rows, texts))

    def _items(self, rows: list[tuple[Any, ...]]) -> list[tuple[bytes, bytes]]:
        tail = self._labels.tail
        return [
            (tail(r[0], r[1], r[2], r[7], r[4], r[5], r[8], r[9]), r[10]) for r in rows
        ]

    def _sealer(
        self, snap: Snapshot, owner: OwnerId, category: str, generation: int
    ) -> Sealer:
        key_class = classes.get(category).key_class
        return self._keys.open(snap.connection, owner, key_class, generation).sealer


def _window(
    owner: OwnerId, categories: list[str], first_day: int | None, last_day: int | None
) -> dict[str, Any]:
    return {
        "owner": owner.bytes,
        "first": LEAST_DAY if first_day is None else max(first_day, LEAST_DAY),
        "last": MOST_DAY if last_day is None else min(last_day, MOST_DAY),
        **{f"c{n}": category for n, category in enumerate(categories)},
    }
