"""Finding from the log whom an incident concerns.

The log names nobody. The entries that fit are gathered by their handles; then the
handles of every subject are computed, as in a census, and whoever has one of them is
concerned. What is left over belongs to persons whose keys were destroyed: they cannot
be told, and are counted. Memory is one handle for each entry that fits, and one id for
each person.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from audit import census_walk, store, subject
from audit.commitment import subject_handle
from audit.errors import VerificationError
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import BANK, OwnerId
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey
from pds.oversight.incidents.question import Question
from pds.oversight.log_search import period, readable

_STEP: Final = 2_000


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an incident concerns.

    Attributes:
        owners: persons in the order of their ids.
        unresolved: entries that fit and are nobody's any more.
    """

    owners: tuple[OwnerId, ...]
    unresolved: int


def find(snap: Snapshot, keys: Keyring, question: Question) -> Concerned:
    """Answer a question from one state of the log."""
    wanted = set(_handles(snap, question))
    owners = []
    for owner in census_walk.owners(snap.connection) if wanted else ():
        is_concerned = False
        for key, n in _generations(snap, keys, owner):
            k_sub = subject.k_sub(key)
            for i in range(n):
                handle = subject_handle(k_sub, i)
                if handle in wanted:
                    wanted.discard(handle)
                    is_concerned = is_concerned or _is_by(snap, keys, question, key, i)
        if is_concerned and owner != BANK:
            owners.append(owner)
    return Concerned(tuple(owners), len(wanted))


def _handles(snap: Snapshot, question: Question) -> Iterator[bytes]:
    size = store.size(snap.connection)
    low, high = period(snap, question.since, question.until, size)
    for start in range(low, high, _STEP):
        for stored in store.leaves(snap.connection, start, min(_STEP, high - start)):
            leaf = readable(stored)
            if leaf and question.fits(leaf):
                yield bytes.fromhex(leaf["sub"])


def _generations(
    snap: Snapshot, keys: Keyring, owner: OwnerId
) -> Iterator[tuple[OpenKey, int]]:
    # What of one person does not hold together must not keep others from being found.
    with suppress(NotFound, VerificationError):
        yield from subject.generations(snap, keys, owner)


def _is_by(
    snap: Snapshot, keys: Keyring, question: Question, key: OpenKey, i: int
) -> bool:
    if not question.actor:
        return True
    try:
        own = subject.entry(snap, keys, key.owner, key.generation, i)
    except VerificationError:
        # Better one person too many is told than one too few.
        return True
    return question.is_by(own.detail.fields)
