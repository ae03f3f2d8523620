"""The keys of handles, taken out for the stand-alone verifier, without any name.

Whoever holds such a line finds the entries of one generation and notices a missing
one; it opens nothing. The lines of a census are shuffled, so that their order says
nothing of whose they are.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from audit import retention, store
from audit.census_walk import Generation, generations, owners, waiting
from audit.commitment import subject_handle
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import Ids, OwnerId
from pds.keys.keyring import Keyring

_AT_ONCE: Final = 100


def of_everybody(snap: Snapshot, keys: Keyring, ids: Ids) -> list[str]:
    """Return the state of the log and the lines of every subject in random order."""
    lines, destroyed = [], 0
    for owner in owners(snap.connection):
        destroyed += _destroyed(snap, keys, owner)
        lines += [(ids.secret(16), line) for line in _lines(snap, keys, owner)]
    return [_state(snap, destroyed), *(line for _, line in sorted(lines))]


def of_subject(snap: Snapshot, keys: Keyring, owner: OwnerId) -> list[str]:
    """Return the state of the log and a line for each generation that can be opened."""
    destroyed = _destroyed(snap, keys, owner)
    return [_state(snap, destroyed), *_lines(snap, keys, owner)]


def _state(snap: Snapshot, destroyed: int) -> str:
    return _line({"destroyed": destroyed, "size": store.size(snap.connection)})


def _destroyed(snap: Snapshot, keys: Keyring, owner: OwnerId) -> int:
    try:
        told = retention.newest(snap, keys, owner)
    except NotFound:
        return 0
    return 0 if told is None else told.total


def _lines(snap: Snapshot, keys: Keyring, owner: OwnerId) -> Iterator[str]:
    for each in generations(snap, keys, owner):
        if each.key is not None and each.n is not None:
            n = _placed(snap, each, each.n)
            yield _line({"gen": each.gen, "k_sub": each.k_sub().hex(), "n": n})


def _placed(snap: Snapshot, generation: Generation, n: int) -> int:
    """Return how many entries have a place: the newest may still wait for theirs."""
    k_sub = generation.k_sub()
    while n:
        first = max(0, n - _AT_ONCE)
        handles = [subject_handle(k_sub, i) for i in range(first, n)]
        waits = waiting(snap.connection, handles)
        if not waits:
            break
        n = first + min(i for i, each in enumerate(handles) if each in waits)
    return n


def _line(value: Mapping[str, int | str]) -> str:
    return json.dumps(value, separators=(",", ":"))
