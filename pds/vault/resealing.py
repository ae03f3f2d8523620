"""Sealing records and raw originals anew, under the newest generation of their key.

A row stays what it is: only `generation` and the sealed bytes change, from what opens
to the very same text. What does not open is left as it is; it keeps its key.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, literal_column, select, tuple_, update

from pds.core.database import Prepared
from pds.core.ids import OwnerId
from pds.crypto.errors import EnvelopeError
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey
from pds.vault.imports import LABEL, VERSION
from pds.vault.label import Labels
from pds.vault.records import Writing
from pds.vault.tables import raw_original, vault_record

STEP = 300
"""Rows that one unit of work goes over."""

Place = tuple[bytes, int]
START: Place = (bytes(16), 0)
_LABEL_AT = 26
_c, _r = vault_record.c, raw_original.c
_ROWS = Prepared(
    select(
        _c.record_id,
        _c.version,
        _c.payload_schema,
        _c.first_day,
        _c.last_day,
        _c.sensitivity,
        _c.source_id,
        _c.sealed,
        _c.category,
        _c["class"],
        _c.generation,
    )
    .where(
        _c.owner_id == bindparam("owner"),
        tuple_(_c.record_id, _c.version)
        > tuple_(
            bindparam("record", type_=_c.record_id.type),
            bindparam("version", type_=_c.version.type),
        ),
    )
    .order_by(_c.record_id, _c.version)
    .limit(bindparam("size"))
    .offset(literal_column("0"))
)

Keys = dict[int, OpenKey]
"""The newest generation of each class."""


def records(
    work: Writing,
    keys: Keyring,
    owner: OwnerId,
    newest: Keys,
    old: Collection[tuple[int, int]],
    after: Place,
) -> Place | None:
    """Seal a person's next records anew where an old generation sealed them.

    Args:
        work: the unit of work.
        keys: the keyring.
        owner: whose records.
        newest: the key of each class that has old generations.
        old: classes and generations that have to go.
        after: where the step before ended.

    Returns:
        Where this step ended; None when it was the last.
    """
    rows = _ROWS.all(
        work.connection,
        owner=owner.bytes,
        record=after[0],
        version=after[1],
        size=STEP,
    )
    labels = Labels()
    for *columns, sealed, category, key_class, generation in rows:
        if sealed and (key_class, generation) in old:
            new = newest[key_class]
            before = keys.open(work.connection, owner, key_class, generation)
            tails = labels.tails(category, *([each] for each in columns))
            record, version, label = columns[0], columns[1], tails[0][_LABEL_AT:]
            found = resealed(work, keys, (before, new), record, version, label, sealed)
            if found is not None:
                _store_record(work, owner, columns, (before, new), found)
    return (rows[-1][0], rows[-1][1]) if len(rows) == STEP else None


def original(
    work: Writing,
    keys: Keyring,
    owner: OwnerId,
    newest: OpenKey,
    old: Collection[int],
    after: bytes,
) -> bytes | None:
    """Seal the next raw original of old generations anew; return its id, or None.

    One at a time, because a file may be large.
    """
    row = work.connection.execute(
        select(_r.import_id, _r.generation, _r.envelope)
        .where(
            _r.owner_id == owner,
            _r.generation.in_(old),
            _r.import_id > UUID(bytes=after),
        )
        .order_by(_r.import_id)
        .limit(1)
    ).first()
    if row is None:
        return None
    raw = row.import_id.bytes
    before = keys.open(work.connection, owner, KeyClass.RAW, row.generation)
    pair = (before, newest)
    found = resealed(work, keys, pair, raw, VERSION, LABEL, row.envelope)
    if found is not None:
        work.connection.execute(
            update(raw_original)
            .where(
                _r.owner_id == owner,
                _r.import_id == row.import_id,
                _r.generation == row.generation,
            )
            .values(generation=newest.generation, envelope=found)
        )
    return bytes(raw)


def resealed(
    work: Writing,
    keys: Keyring,
    pair: tuple[OpenKey, OpenKey],
    object_id: bytes,
    version: int,
    label: bytes,
    sealed: bytes,
) -> bytes | None:
    """Return the same text sealed under another key; None if it does not open.

    Args:
        work: the unit of work.
        keys: the keyring.
        pair: the key that sealed it, and the one that shall.
        object_id: id of the object.
        version: its version.
        label: its label.
        sealed: the envelope.

    Raises:
        EnvelopeError: what was sealed anew does not open to the same text.
    """
    before, new = pair
    try:
        text = keys.unseal(before, sealed, object_id, version, label)
    except EnvelopeError:
        return None
    envelope = keys.seal(work.connection, new, object_id, version, label, text)
    if keys.unseal(new, envelope, object_id, version, label) != text:
        raise EnvelopeError
    return envelope


def _store_record(
    work: Writing,
    owner: OwnerId,
    columns: list[object],
    pair: tuple[OpenKey, OpenKey],
    envelope: bytes,
) -> None:
    before, new = pair
    record, version = columns[0], columns[1]
    assert isinstance(record, bytes)  # noqa: S101 - narrows a driver's value
    work.connection.execute(
        update(vault_record)
        .where(
            _c.owner_id == owner,
            _c.record_id == UUID(bytes=record),
            _c.version == version,
            _c.generation == before.generation,
        )
        .values(generation=new.generation, sealed=envelope)
    )
