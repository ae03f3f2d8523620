"""Whose an entry of the log is, which the log itself does not say.

The bank keeps no list from entries to persons. It computes handle after handle of those
who ever had a consent with the recipient that the entry names, and so finds it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import select

from audit import person, subject
from audit.commitment import subject_handle
from audit.recorder import K_SUB_LABEL
from audit.subject import OwnEntry
from consent.tables import consent_current
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

MOST_TRIED: Final = 300_000
"""Handles computed for one question, so that no page waits for everybody's."""


def find(
    snap: Snapshot, keys: Keyring, leaves: Iterable[Mapping[str, Any]]
) -> dict[str, tuple[OwnerId, OwnEntry]]:
    """Return owner and opened entry by leaf id; what is not found is left out.

    An entry is not found if its audit key ended with its retention, or if too many
    handles would have to be tried.
    """
    wanted = {bytes.fromhex(leaf["sub"]): leaf["id"] for leaf in leaves}
    recipients = {leaf["rcp"] for leaf in leaves if "rcp" in leaf}
    found: dict[str, tuple[OwnerId, OwnEntry]] = {}
    tried = 0
    for owner in _owners(snap, recipients):
        for gen, n, k_sub in _generations(snap, keys, owner):
            for i in range(n):
                leaf_id = wanted.pop(subject_handle(k_sub, i), None)
                if leaf_id is not None:
                    own = subject.entry(snap, keys, owner, gen, i)
                    found[leaf_id] = (owner, own)
            tried += n
            if not wanted or tried >= MOST_TRIED:
                return found
    return found


def _owners(snap: Snapshot, recipients: Iterable[str]) -> list[OwnerId]:
    current = consent_current.c
    query = (
        select(current.owner_id)
        .where(current.recipient_id.in_(sorted(recipients)))
        .distinct()
        .order_by(current.owner_id)
    )
    return [OwnerId(row.owner_id) for row in snap.connection.execute(query)]


def _generations(
    snap: Snapshot, keys: Keyring, owner: OwnerId
) -> Iterator[tuple[int, int, bytes]]:
    present = person.state(snap, owner)
    gen, n = present.gen, present.n
    while True:
        try:
            key = keys.open(snap.connection, owner, KeyClass.AUDIT, gen)
            first = subject.entry(snap, keys, owner, gen, 0).detail.fields
        except KeyUnavailable:
            return
        yield gen, n, key.data_key.derive(K_SUB_LABEL, 32)
        if "prev_gen" not in first:
            return
        gen, n = int(first["prev_gen"]), int(first["prev_n"])
