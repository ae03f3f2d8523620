"""Reads records: pages, counts, single ones."""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.crypto.envelope import Sealer
from pds.crypto.errors import EnvelopeError
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.vault import selection
from pds.vault.errors import VaultNotFound
from pds.vault.label import Labels
from pds.vault.opening import sealer_of
from pds.vault.records import (
    CATEGORY,
    GENERATION,
    NOTHING,
    SEALED,
    Cursor,
    Opened,
    OpenRecord,
    Page,
    Row,
    Since,
)

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
        goes_on: bool = False,
        since: Since | None = None,
    ) -> Page:
        """Return records of exact categories that lie wholly in a window of days.

        Sources narrow the records to those that came from one of them. Whoever goes on
        gets the records that open, and the number of those that do not.

        Raises:
            EnvelopeError: a record does not open; nothing is returned.
            KeyUnavailable: a key is destroyed.
        """
        if not categories or limit < 1:
            return NOTHING
        names, origins = sorted(set(categories)), sorted(set(sources))
        values = _window(owner, names, first_day, last_day)
        values |= {f"s{n}": origin.bytes for n, origin in enumerate(origins)}
        if after is not None:
            day, order, record = after
            values |= {"day": day, "order": order, "record": record}
        if since is not None:
            values |= since._asdict()
        statement = selection.page_of(
            len(names),
            len(origins),
            is_first=after is None,
            is_new=since is not None,
        )
        rows = statement.all(snap.connection, **values, size=limit + 1)
        if not rows:
            return NOTHING
        shown = rows[:limit]
        opened = (self._what_opens if goes_on else self._open)(snap, owner, shown)
        return Page(
            opened,
            following=shown[-1] if len(rows) > limit else None,
            left_out=len(shown) - len(opened.rows),
        )

    def is_new(self, snap: Snapshot, owner: OwnerId, since: Since) -> bool:
        """Say whether anything of a person may be new; False is certain."""
        found = selection.IS_NEW.one(
            snap.connection, owner=owner.bytes, **since._asdict()
        )
        return any(found)

    def gone(
        self, snap: Snapshot, owner: OwnerId, since: Since, limit: int
    ) -> list[tuple[bytes, str]]:
        """Return id and category of records of before that were replaced or ended."""
        after, until = since.stored_after, since.stored_until
        rows = selection.GONE.all(
            snap.connection,
            owner=owner.bytes,
            stored_after=after,
            stored_until=until,
            size=limit,
        )
        return [(bytes(row[0]), str(row[1])) for row in rows]

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
        return Page(self._open(snap, owner, [row]), following=None).records[0]

    def _what_opens(self, snap: Snapshot, owner: OwnerId, rows: list[Row]) -> Opened:
        """Open rows of one owner; halves are tried alone where not all of them open."""
        try:
            return self._open(snap, owner, rows)
        except (EnvelopeError, KeyUnavailable):
            if len(rows) == 1:
                return Opened((), (), ())
        middle = len(rows) // 2
        parts = [
            self._what_opens(snap, owner, some)
            for some in (rows[:middle], rows[middle:])
        ]
        return Opened(*(list(chain(*each)) for each in zip(*parts, strict=True)))

    def _open(self, snap: Snapshot, owner: OwnerId, rows: list[Row]) -> Opened:
        """Open rows of one owner, a category and a key at a time."""
        # By columns, because a call for each record would cost as much as opening it.
        columns = list(zip(*rows, strict=True))
        names, generations = columns[CATEGORY], columns[GENERATION]
        if len(set(names)) == len(set(generations)) == 1:
            *bound, sealed = columns[: SEALED + 1]
            tails = self._labels.tails(names[0], *bound)
            sealer = self._sealer(snap, owner, names[0], generations[0])
            return Opened(rows, *sealer.open_framed(tails, sealed))
        found: dict[bytes, tuple[bytes, bytes]] = {}
        for kind in set(zip(names, generations, strict=True)):
            some = [row for row in rows if (row[CATEGORY], row[GENERATION]) == kind]
            opened = self._open(snap, owner, some)
            for row, header, payload in zip(*opened, strict=True):
                found[row[0]] = header, payload
        headers, payloads = zip(*(found[row[0]] for row in rows), strict=True)
        return Opened(rows, headers, payloads)

    def _sealer(
        self, snap: Snapshot, owner: OwnerId, category: str, generation: int
    ) -> Sealer:
        return sealer_of(self._keys, snap.connection, owner, category, generation)


def _window(
    owner: OwnerId, categories: list[str], first_day: int | None, last_day: int | None
) -> dict[str, Any]:
    return {
        "owner": owner.bytes,
        "first": LEAST_DAY if first_day is None else max(first_day, LEAST_DAY),
        "last": MOST_DAY if last_day is None else min(last_day, MOST_DAY),
        **{f"c{n}": category for n, category in enumerate(categories)},
    }
