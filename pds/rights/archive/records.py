"""Records, receipts, original files and where they came from, as files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.core.vocabulary import categories
from pds.rights import export
from pds.rights.archive.spreadsheet import Sheet
from pds.vault.errors import VaultNotFound
from pds.vault.records import Cursor, ImportState, OpenRecord
from pds.vault.service import Vault
from providers.tables import source

_PAGE: Final = 500
_FHIR: Final = "fhir-r4/"
File = tuple[str, Iterator[bytes]]
"""Path and content of a file of the archive."""


class Records:
    """Reads one person's vault for an archive.

    Args:
        snap: the state that the archive shows.
        vault: opens the records.
        owner: whose they are.
    """

    def __init__(self, snap: Snapshot, vault: Vault, owner: OwnerId) -> None:
        self._snap, self._vault, self._owner = snap, vault, owner
        self.counts = vault.count(snap, owner, categories=tuple(categories.ALL))
        self._seen = 0
        self._sources_seen: set[UUID] = set()

    @property
    def moment(self) -> datetime:
        """The moment of the state that is shown."""
        return self._snap.now

    @property
    def total(self) -> int:
        """Number of records."""
        return sum(self.counts.values())

    @property
    def percent(self) -> int:
        """How much of the records has been read; each is read twice."""
        return min(99, 50 * self._seen // self.total) if self.total else 99

    def files(self) -> Iterator[File]:
        """Yield every file; each has to be read before the next."""
        yield "records/records.ndjson", self._lines()
        for category in sorted(self.counts):
            # Read once for both: the rows are short and wait in memory.
            sheet = Sheet()
            yield self._payloads_path(category), self._payloads(category, sheet)
            yield f"records/{category}.csv", iter([sheet.bytes()])
        imports = self._vault.imports(self._snap, self._owner)
        kept: list[str] = []
        for each in imports:
            content = self._original(each.import_id)
            if content is not None:
                kept.append(str(each.import_id))
                yield f"originals/{each.import_id}", iter([content])
        listed = [
            {
                "import_id": str(each.import_id),
                "is_undone": each.state is ImportState.UNDONE,
                "media_type": each.media_type,
                "received_at": each.created_at.isoformat(),
                "source_id": str(each.source_id),
            }
            | (
                {"file": f"originals/{each.import_id}"}
                if str(each.import_id) in kept
                else {}
            )
            for each in imports
        ]
        yield "imports.json", iter([_json(listed)])
        yield "sources.json", iter([_json(self._sources())])

    def _pages(self, chosen: tuple[str, ...]) -> Iterator[tuple[OpenRecord, ...]]:
        after: Cursor | None = None
        while True:
            page = self._vault.page(
                self._snap, self._owner, categories=chosen, after=after, limit=_PAGE
            )
            yield tuple(page.records)
            self._seen += len(page.records)
            after = page.next
            if after is None:
                return

    def _lines(self) -> Iterator[bytes]:
        yield export.head(self.total)
        for page in self._pages(tuple(categories.ALL)):
            self._sources_seen.update(each.source_id for each in page)
            yield b"".join(map(export.line, page))

    @staticmethod
    def _payloads_path(category: str) -> str:
        folder = "purchases" if category.startswith("purchase.") else "fhir"
        return f"{folder}/{category}.ndjson"

    def _payloads(self, category: str, sheet: Sheet) -> Iterator[bytes]:
        for page in self._pages((category,)):
            for record in page:
                sheet.add(record)
            yield b"".join(record.payload + b"\n" for record in page)

    def _original(self, import_id: Any) -> bytes | None:
        try:
            found = self._vault.read_raw(self._snap, self._owner, import_id)
        except VaultNotFound:
            return None
        return found.content

    def _sources(self) -> list[dict[str, str]]:
        imports = self._vault.imports(self._snap, self._owner)
        # Records that came from another bank have other sources than their import.
        ids = self._sources_seen | {each.source_id for each in imports}
        rows = self._snap.connection.execute(
            select(source).where(source.c.source_id.in_(ids))
        )
        return [
            {
                "kind": row.kind,
                "name_en": row.name_en,
                "name_ja": row.name_ja,
                "source_id": str(row.source_id),
            }
            for row in rows
        ]


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
