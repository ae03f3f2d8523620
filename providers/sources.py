"""The register of sources: the person's own upload, and organisations."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from pds.core.database import Snapshot
from pds.core.errors import NotFound
from providers.tables import source

SELF_SOURCE = UUID("00000000-0000-7000-8000-000000000001")
"""The person's own upload; the same id in every bank, sealed into each record."""


class SourceKind(StrEnum):
    """What a source is."""

    SELF = "self"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Source:
    """One source of data.

    Attributes:
        source_id: its id, which every record that came from it carries.
        kind: the person or an organisation.
        name_ja: what it is called on Japanese pages.
        name_en: the same in English.
    """

    source_id: UUID
    kind: SourceKind
    name_ja: str
    name_en: str


SELF = Source(SELF_SOURCE, SourceKind.SELF, "ご自身による登録", "Your own upload")
"""The one source that needs no row."""


def register(work: Any, *, name_ja: str, name_en: str) -> Source:
    """Add an organisation as a source.

    Args:
        work: unit of work (`connection`, `now`, `ids`).
        name_ja: its name in Japanese.
        name_en: its name in English.
    """
    added = Source(work.ids.new(), SourceKind.ORGANISATION, name_ja, name_en)
    work.connection.execute(
        insert(source).values(
            source_id=added.source_id,
            kind=added.kind.value,
            name_ja=name_ja,
            name_en=name_en,
            created_at=work.now,
        )
    )
    return added


def take_over(work: Any, source_id: UUID, *, name_ja: str, name_en: str) -> None:
    """Add an organisation that another bank knew, unless its id is known here.

    A name that stands here already is never changed by somebody else's word.
    """
    known = select(source.c.source_id).where(source.c.source_id == source_id)
    if source_id == SELF_SOURCE or work.connection.execute(known).first() is not None:
        return
    work.connection.execute(
        insert(source).values(
            source_id=source_id,
            kind=SourceKind.ORGANISATION.value,
            name_ja=name_ja,
            name_en=name_en,
            created_at=work.now,
        )
    )


def every(snap: Snapshot) -> list[Source]:
    """Return the organisations that are registered, by their Japanese name."""
    columns = (source.c.source_id, source.c.kind, source.c.name_ja, source.c.name_en)
    rows = snap.connection.execute(select(*columns).order_by(source.c.name_ja))
    return [
        Source(row.source_id, SourceKind(row.kind), row.name_ja, row.name_en)
        for row in rows
    ]


def get(snap: Snapshot, source_id: UUID) -> Source:
    """Return a source; NotFound `source.unknown` if there is none."""
    if source_id == SELF_SOURCE:
        return SELF
    columns = (source.c.source_id, source.c.kind, source.c.name_ja, source.c.name_en)
    row = snap.connection.execute(
        select(*columns).where(source.c.source_id == source_id)
    ).one_or_none()
    if row is None:
        raise NotFound("source.unknown")
    return Source(row.source_id, SourceKind(row.kind), row.name_ja, row.name_en)
