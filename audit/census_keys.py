"""The part of a census about audit keys: what was destroyed, when, and what is due."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from audit import retention
from audit.census import Census, CensusFault, Difference
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import BANK, OwnerId
from pds.keys.classes import KeyClass, KeyState
from pds.keys.keyring import Keyring
from pds.keys.tables import owner_key

_PATIENCE: Final = timedelta(days=31)
"""How long after its time a key may wait, for a bank that stood still."""


def count(snap: Snapshot, keys: Keyring, owner: OwnerId, census: Census) -> None:
    """Hold the state of a subject's audit keys against what its entries tell."""
    key = owner_key.c
    rows = snap.connection.execute(
        select(key.generation, key.state, key.destroy_after, key.hold)
        .where(key.owner_id == owner, key["class"] == KeyClass.AUDIT)
        .order_by(key.generation)
    ).all()
    gone = [row.generation for row in rows if row.state == KeyState.DESTROYED]
    if gone:
        _told(snap, keys, owner, gone, census)
    census.held += sum(bool(row.hold) for row in rows)
    if owner == BANK or any(row.hold for row in rows):
        return
    for row in rows:
        is_left = row.state != KeyState.DESTROYED and row.destroy_after is not None
        if is_left and row.destroy_after + _PATIENCE < snap.now:
            census.add(Difference(CensusFault.TOO_LONG, row.generation))


def _told(
    snap: Snapshot, keys: Keyring, owner: OwnerId, gone: list[int], census: Census
) -> None:
    try:
        told = retention.newest(snap, keys, owner)
    except NotFound:
        told = None
    if told is not None:
        census.unreadable += told.total
        if told.at < told.due:
            census.add(Difference(CensusFault.TOO_EARLY, told.gen))
    # Nothing explains the entries under these: their leaves count as nobody's.
    for gen in retention.unexplained(iter(gone), told):
        census.add(Difference(CensusFault.KEY_GONE, gen))
