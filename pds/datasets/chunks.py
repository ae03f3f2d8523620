"""The sealed chunks of a set, under a key of its own that is destroyed with it.

So a set dies in backups too, when the epoch of its key-encryption key ends.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, select

from audit.work import Work
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.datasets.orders import DataSet
from pds.datasets.tables import data_set_chunk
from pds.keys.classes import KeyClass
from pds.keys.keyring import Keyring
from pds.keys.shredding import shred

LABEL: Final = b"sys.dataset"
_chunk = data_set_chunk.c


def add(work: Work, data_set_id: UUID, no: int, chunk: bytes) -> None:
    """Seal and keep a chunk; numbers begin with 1."""
    owner = OwnerId(data_set_id)
    key = work.keys.ensure(work.connection, owner, KeyClass.RAW, now=work.now)
    envelope = work.keys.seal(work.connection, key, data_set_id, no, LABEL, chunk)
    work.connection.execute(
        insert(data_set_chunk).values(
            data_set_id=data_set_id, no=no, generation=key.generation, envelope=envelope
        )
    )


def content(snap: Snapshot, keys: Keyring, found: DataSet) -> Iterator[bytes]:
    """Yield the chunks of a set, for staff of the bank and for the gate alone.

    Raises:
        EnvelopeError: a chunk was moved, cut off or changed.
    """
    owner = OwnerId(found.data_set_id)
    for no in range(1, found.chunks + 1):
        row = snap.connection.execute(
            select(_chunk.generation, _chunk.envelope).where(
                _chunk.data_set_id == found.data_set_id, _chunk.no == no
            )
        ).first()
        if row is None:
            raise NotFound("data-set.unknown", "A part of the set is missing.")
        key = keys.open(snap.connection, owner, KeyClass.RAW, row.generation)
        envelope = bytes(row.envelope)
        yield keys.unseal(key, envelope, found.data_set_id, no, LABEL)


def destroy(work: Work, data_set_id: UUID) -> None:
    """Delete the chunks of a set and destroy its key."""
    drop(work, data_set_id)
    shred(work.connection, work.keys, OwnerId(data_set_id), lambda _each: True)


def drop(work: Work, data_set_id: UUID) -> None:
    """Delete what an attempt left; the key stays for the next."""
    work.connection.execute(
        delete(data_set_chunk).where(_chunk.data_set_id == data_set_id)
    )
