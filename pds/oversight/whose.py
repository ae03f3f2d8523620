"""Whose an entry of the log is, which the log itself does not say.

The bank keeps no list from entries to persons. It computes handle after handle of those
who ever had a consent with the recipient that the entry names, and so finds it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import select

from audit import census_walk, subject
from audit.commitment import subject_handle
from audit.errors import VerificationError
from audit.subject import OwnEntry
from consent.tables import consent_current
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey

MOST_TRIED: Final = 300_000
"""Handles computed for one question, so that no page waits for everybody's."""


def find(
    snap: Snapshot,
    keys: Keyring,
    leaves: Sequence[Mapping[str, Any]],
    *,
    most: int | None = MOST_TRIED,
    everybody: bool = False,
) -> dict[str, tuple[OwnerId, OwnEntry]]:
    """Return owner and opened entry by leaf id; what is not found is left out.

    An entry is not found if its audit key ended with its retention, if its detail is
    gone, or if too many handles would have to be tried.

    Args:
        snap: one consistent state.
        keys: opens details.
        leaves: the entries.
        most: handles to try, or None for no limit.
        everybody: whether to look among all subjects, for entries that name no
            recipient.
    """
    wanted = {bytes.fromhex(leaf["sub"]): leaf["id"] for leaf in leaves}
    if not wanted:
        return {}
    recipients = {leaf["rcp"] for leaf in leaves if "rcp" in leaf}
    owners = (
        census_walk.owners(snap.connection) if everybody else _owners(snap, recipients)
    )
    found: dict[str, tuple[OwnerId, OwnEntry]] = {}
    tried = 0
    for owner in owners:
        for key, n in _generations(snap, keys, owner):
            k_sub = subject.k_sub(key)
            for i in range(n):
                leaf_id = wanted.pop(subject_handle(k_sub, i), None)
                if leaf_id is not None:
                    with suppress(VerificationError):
                        own = subject.entry(snap, keys, owner, key.generation, i)
                        found[leaf_id] = (owner, own)
            tried += n
            if not wanted or (most is not None and tried >= most):
                return found
    return found


def _generations(
    snap: Snapshot, keys: Keyring, owner: OwnerId
) -> Iterator[tuple[OpenKey, int]]:
    # What of one person does not hold together must not keep others from being found.
    with suppress(NotFound, VerificationError):
        yield from subject.generations(snap, keys, owner)


def _owners(snap: Snapshot, recipients: Iterable[str]) -> Iterable[OwnerId]:
    current = consent_current.c
    query = (
        select(current.owner_id)
        .where(current.recipient_id.in_(sorted(recipients)))
        .distinct()
        .order_by(current.owner_id)
    )
    return [OwnerId(row.owner_id) for row in snap.connection.execute(query)]
