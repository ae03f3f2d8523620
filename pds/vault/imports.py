"""Imports and raw originals: what was delivered, when, and the file itself."""

from uuid import UUID

from sqlalchemy import delete, insert, select, update

from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.vault.errors import VaultInvalid, VaultNotFound
from pds.vault.opening import key_of
from pds.vault.records import Import, ImportState, RawOriginal, Writing
from pds.vault.tables import raw_original, vault_import

LABEL = b"sys.raw"
VERSION = 1
_LENGTH = 2
_LONGEST_TYPE = 255


def begin(
    work: Writing, owner: OwnerId, import_id: UUID, source_id: UUID, media_type: str
) -> None:
    """Note an import before its first record."""
    work.connection.execute(
        insert(vault_import).values(
            owner_id=owner,
            import_id=import_id,
            source_id=source_id,
            media_type=media_type,
            state=ImportState.STORED,
            stored=0,
            duplicate=0,
            rejected=0,
            created_at=work.now,
        )
    )


def tally(
    work: Writing,
    owner: OwnerId,
    import_id: UUID,
    *,
    stored: int,
    duplicate: int,
    rejected: int,
) -> None:
    """Add to the counts of an import; VaultNotFound if the owner has none."""
    c = vault_import.c
    changed = work.connection.execute(
        update(vault_import)
        .where(c.owner_id == owner, c.import_id == import_id)
        .values(
            stored=c.stored + stored,
            duplicate=c.duplicate + duplicate,
            rejected=c.rejected + rejected,
        )
    )
    if not changed.rowcount:
        raise _no_import()


def close(work: Writing, owner: OwnerId, import_id: UUID) -> None:
    """Mark an import undone and drop its raw original.

    Raises:
        VaultNotFound: the owner has no such import, or it was undone before.
    """
    c, raw = vault_import.c, raw_original.c
    changed = work.connection.execute(
        update(vault_import)
        .where(
            c.owner_id == owner,
            c.import_id == import_id,
            c.state == ImportState.STORED,
        )
        .values(state=ImportState.UNDONE)
    )
    if not changed.rowcount:
        raise _no_import()
    work.connection.execute(
        delete(raw_original).where(raw.owner_id == owner, raw.import_id == import_id)
    )


def listed(snap: Snapshot, owner: OwnerId) -> list[Import]:
    """Return the owner's imports, newest first."""
    c = vault_import.c
    rows = snap.connection.execute(
        select(vault_import)
        .where(c.owner_id == owner)
        .order_by(c.created_at.desc(), c.import_id.desc())
    )
    return [
        Import(
            row.import_id,
            row.source_id,
            row.media_type,
            ImportState(row.state),
            row.stored,
            row.duplicate,
            row.rejected,
            row.created_at,
        )
        for row in rows
    ]


def put_raw(
    work: Writing,
    keys: Keyring,
    owner: OwnerId,
    import_id: UUID,
    media_type: str,
    content: bytes,
) -> None:
    """Seal a file as it was received, under a key that no category shares."""
    kind = media_type.encode()
    if len(kind) > _LONGEST_TYPE:
        raise VaultInvalid("vault.media-type", "The media type is too long.")
    key = keys.ensure(work.connection, owner, KeyClass.RAW, now=work.now)
    text = len(kind).to_bytes(_LENGTH) + kind + content
    envelope = keys.seal(work.connection, key, import_id, VERSION, LABEL, text)
    work.connection.execute(
        insert(raw_original).values(
            owner_id=owner,
            import_id=import_id,
            generation=key.generation,
            envelope=envelope,
        )
    )


def read_raw(
    snap: Snapshot, keys: Keyring, owner: OwnerId, import_id: UUID
) -> RawOriginal:
    """Return the file of an import.

    Raises:
        VaultNotFound: none was kept.
        EnvelopeError: it does not open.
    """
    c = raw_original.c
    row = snap.connection.execute(
        select(c.generation, c.envelope).where(
            c.owner_id == owner, c.import_id == import_id
        )
    ).first()
    if row is None:
        raise VaultNotFound("vault.no-original", "No original was kept.")
    key = key_of(keys, snap.connection, owner, KeyClass.RAW, row.generation)
    text = keys.unseal(key, row.envelope, import_id, VERSION, LABEL)
    end = _LENGTH + int.from_bytes(text[:_LENGTH])
    return RawOriginal(text[_LENGTH:end].decode(), text[end:])


def _no_import() -> VaultNotFound:
    return VaultNotFound("vault.no-import", "There is no such import to change.")
