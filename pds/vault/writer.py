"""Writes records: seals drafts, leaves out duplicates, undoes imports."""

import hmac
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    insert,
    literal,
    select,
    update,
)

from pds.core.ids import OwnerId
from pds.core.vocabulary import Sensitivity, categories
from pds.keys.classes import KeyClass, KeyState
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey
from pds.keys.tables import owner_key
from pds.vault.errors import VaultInvalid, VaultNotFound
from pds.vault.label import Labels
from pds.vault.records import Added, RecordDraft, RecordState, Writing
from pds.vault.schemas import number_of
from pds.vault.tables import IS_CURRENT, vault_record

_c = vault_record.c
_CHUNK = 500
_DEDUPE = b"ib1/idx/dedupe"


class Writer:
    """Seals records through the keyring."""

    def __init__(self, keys: Keyring, labels: Labels) -> None:
        self._keys = keys
        self._labels = labels

    def add(
        self,
        work: Writing,
        owner: OwnerId,
        import_id: UUID,
        drafts: Sequence[RecordDraft],
        *,
        hidden: bool = False,
    ) -> list[Added]:
        """Store what is not there yet; the answer has one entry per draft, in order.

        Hidden records are sealed and stored, but no reader meets them before
        `hidden.reveal`.

        Raises:
            VaultInvalid: a draft cannot be stored; then none is.
            KeyUnavailable: a key of the owner is destroyed.
        """
        for draft in drafts:
            draft.check()
        keys = self._dedupe_keys(work, owner, drafts)
        known = _known(work.connection, owner, keys)
        place: dict[str, Any] = {"import_id": import_id}
        if hidden:
            place["state"] = RecordState.UNDONE
        added: list[Added] = []
        rows: list[dict[str, Any]] = []
        open_keys: dict[int, OpenKey] = {}
        for draft, dedupe_key in zip(drafts, keys, strict=True):
            if dedupe_key in known:
                added.append(Added(None))
                continue
            known.add(dedupe_key)
            row = self._row(work, owner, draft, open_keys)
            rows.append({**row, **place, "dedupe_key": dedupe_key})
            added.append(Added(row["record_id"]))
        if rows:
            work.connection.execute(insert(vault_record), rows)
        return added

    def undo(self, work: Writing, owner: OwnerId, import_id: UUID) -> int:
        """Put a tombstone over every current record of an import; return how many."""
        chosen = _c.import_id == import_id
        return _bury(work, owner, chosen, RecordState.UNDONE)

    def delete(self, work: Writing, owner: OwnerId, record_id: UUID) -> None:
        """Put a tombstone over one record; VaultNotFound if the owner has none."""
        chosen = _c.record_id == record_id
        if not _bury(work, owner, chosen, RecordState.DELETED):
            raise VaultNotFound("vault.no-record", "There is no such record.")

    def correct(
        self, work: Writing, owner: OwnerId, record_id: UUID, draft: RecordDraft
    ) -> int:
        """Store another version of one record and return its number.

        It keeps what it is recognised by, so that the file from which it first came
        does not bring the old version back.

        Raises:
            VaultInvalid: the draft cannot be stored, or is of another category.
            VaultNotFound: the owner has no such record.
        """
        draft.check()
        lock_index(work.connection, owner)
        alive = (_c.owner_id == owner, _c.record_id == record_id, IS_CURRENT)
        superseded = update(vault_record).values(state=RecordState.SUPERSEDED.value)
        kept = (_c.version, _c.category, _c.import_id, _c.dedupe_key)
        old = work.connection.execute(superseded.where(*alive).returning(*kept)).first()
        if old is None:
            raise VaultNotFound("vault.no-record", "There is no such record.")
        if old.category != draft.category:
            raise VaultInvalid("vault.other-category", "The category would change.")
        version = int(old.version) + 1
        row = self._row(work, owner, draft, {}, (record_id, version))
        place = {"import_id": old.import_id, "dedupe_key": old.dedupe_key}
        work.connection.execute(insert(vault_record), [{**row, **place}])
        return version

    def _dedupe_keys(
        self, work: Writing, owner: OwnerId, drafts: Sequence[RecordDraft]
    ) -> list[bytes]:
        index = self._keys.ensure(work.connection, owner, KeyClass.INDEX, now=work.now)
        secret = index.data_key.derive(_DEDUPE)
        return [hmac.digest(secret, draft.dedupe, "sha256") for draft in drafts]

    def _row(
        self,
        work: Writing,
        owner: OwnerId,
        draft: RecordDraft,
        open_keys: dict[int, OpenKey],
        place: tuple[UUID, int] | None = None,
    ) -> dict[str, Any]:
        key_class = categories.get(draft.category).key_class
        key = open_keys.get(key_class)
        if key is None:
            key = self._keys.ensure(work.connection, owner, key_class, now=work.now)
            open_keys[key_class] = key
        return self._sealed(work, owner, draft, key, place or (work.ids.new(), 1))

    def _sealed(
        self,
        work: Writing,
        owner: OwnerId,
        draft: RecordDraft,
        key: OpenKey,
        place: tuple[UUID, int],
    ) -> dict[str, Any]:
        record_id, version = place
        schema = number_of(draft.payload_schema)
        sensitivity = Sensitivity(draft.sensitivity).level
        label = self._labels.label(
            draft.category,
            schema,
            draft.first_day,
            draft.last_day,
            sensitivity,
            draft.source_id.bytes,
        )
        return {
            "owner_id": owner,
            "record_id": record_id,
            "version": version,
            "category": draft.category,
            "class": key.key_class,
            "generation": key.generation,
            "first_day": draft.first_day,
            "last_day": draft.last_day,
            "order_in_day": draft.order_in_day,
            "payload_schema": schema,
            "sensitivity": sensitivity,
            "source_id": draft.source_id,
            "state": RecordState.CURRENT,
            "created_at": work.now,
            "sealed": self._keys.seal(
                work.connection, key, record_id, version, label, draft.text()
            ),
        }


def lock_index(connection: Connection, owner: OwnerId) -> None:
    """Let no other transaction compare this person's records; SQLite has but one."""
    connection.execute(
        select(owner_key.c.generation)
        .where(
            owner_key.c.owner_id == owner,
            owner_key.c["class"] == KeyClass.INDEX,
            owner_key.c.state == KeyState.ACTIVE,
        )
        .with_for_update()
    ).all()


def _known(connection: Connection, owner: OwnerId, keys: list[bytes]) -> set[bytes]:
    """Return those of the keys that are stored, seen alone by this transaction.

    Two imports of one person at once would each miss the other's records, so the
    person's index key is locked first.
    """
    lock_index(connection, owner)
    found: set[bytes] = set()
    for start in range(0, len(keys), _CHUNK):
        stored = select(_c.dedupe_key).where(
            _c.owner_id == owner,
            IS_CURRENT,
            _c.dedupe_key.in_(keys[start : start + _CHUNK]),
        )
        found.update(connection.execute(stored).scalars())
    return found


def _bury(
    work: Writing, owner: OwnerId, chosen: ColumnElement[bool], state: RecordState
) -> int:
    """Add tombstones over the chosen current records; return how many."""
    alive = (_c.owner_id == owner, chosen, IS_CURRENT)
    changed = {
        "version": _c.version + 1,
        "state": literal(state.value),
        "created_at": literal(work.now, _c.created_at.type),
        "sealed": literal(b"", _c.sealed.type),
    }
    columns = [changed.get(column.name, column) for column in _c]
    work.connection.execute(
        insert(vault_record).from_select(
            list(_c.keys()), select(*columns).where(*alive)
        )
    )
    superseded = update(vault_record).values(state=RecordState.SUPERSEDED.value)
    return work.connection.execute(superseded.where(*alive)).rowcount
