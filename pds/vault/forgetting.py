"""Erasure of what is stored of a person: rows go in bounded steps.

Their keys were destroyed before, so nothing that a step has not reached yet can be
read. SQLite overwrites what is deleted (`secure_delete`).
"""

from typing import Final

from sqlalchemy import delete, func, select, tuple_

from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.vault.records import Writing
from pds.vault.tables import raw_original, vault_import, vault_record

_ORIGINALS: Final = 20
"""Original files that one step deletes: each may be many megabytes."""


def counts(snap: Snapshot, owner: OwnerId) -> dict[str, int]:
    """Return how many rows of each kind are stored of a person, all versions."""
    tables = {
        "records": vault_record,
        "originals": raw_original,
        "imports": vault_import,
    }
    return {
        name: snap.connection.execute(
            select(func.count()).select_from(table).where(table.c.owner_id == owner)
        ).scalar_one()
        for name, table in tables.items()
    }


def forget_some(work: Writing, owner: OwnerId, limit: int) -> int:
    """Delete some rows of a person; return how many, 0 when none is left."""
    c, raw = vault_record.c, raw_original.c
    some = select(c.record_id, c.version).where(c.owner_id == owner).limit(limit)
    gone = work.connection.execute(
        delete(vault_record).where(
            c.owner_id == owner, tuple_(c.record_id, c.version).in_(some)
        )
    ).rowcount
    if gone:
        return gone
    files = select(raw.import_id).where(raw.owner_id == owner).limit(_ORIGINALS)
    gone = work.connection.execute(
        delete(raw_original).where(raw.owner_id == owner, raw.import_id.in_(files))
    ).rowcount
    if gone:
        return gone
    mine = vault_import.c.owner_id == owner
    return work.connection.execute(delete(vault_import).where(mine)).rowcount
