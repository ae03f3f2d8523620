"""The keys of handles, taken out for the stand-alone verifier, without any name.

Whoever holds such a line finds the entries of one generation and notices a missing
one; it opens nothing. The lines of a census are shuffled, so that their order says
nothing of whose they are.
"""

import json
from collections.abc import Iterator

from audit.census_walk import generations, owners
from pds.core.database import Snapshot
from pds.core.ids import Ids, OwnerId
from pds.keys.keyring import Keyring


def of_everybody(snap: Snapshot, keys: Keyring, ids: Ids) -> list[str]:
    """Return the lines of every subject in random order."""
    lines = [
        (ids.secret(16), line)
        for owner in owners(snap.connection)
        for line in of_subject(snap, keys, owner)
    ]
    return [line for _, line in sorted(lines)]


def of_subject(snap: Snapshot, keys: Keyring, owner: OwnerId) -> Iterator[str]:
    """Yield a line of canonical JSON for each generation that can be opened."""
    for each in generations(snap, keys, owner):
        if each.key is not None and each.n is not None:
            yield json.dumps(
                {"gen": each.gen, "k_sub": each.k_sub().hex(), "n": each.n},
                separators=(",", ":"),
            )
