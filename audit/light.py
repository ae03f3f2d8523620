"""Light acts: acts that only read, and leave their rows to be written with others'.

An ordinary act runs in a savepoint and writes row by row. A light act is given no
connection to write on: it reads by one statement, decides, and leaves rows in
`Unwritten`, which the writer puts into the database together, before anything else of
the batch reads or writes. An act that raises has left nothing, so it needs no
savepoint.

A light act is the short form of an ordinary one, and must do the same in every case it
does not decline. It declines (`Heavy`) what would need a row now, such as a new audit
key; then the ordinary one runs. Should the rows of a batch be refused, all its acts run
again as ordinary ones, each by itself.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit import detail, person
from audit.draft import LeafDraft, Recorded
from audit.entry import PreparedEntry
from audit.recorder import KEEP_DETAIL, compose, is_usable, plaintext
from pds.core.database import Bound
from pds.core.unwritten import Unwritten
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring
from pds.keys.open_key import OpenKey
from pds.keys.store import KeyRow


class Heavy(Exception):  # noqa: N818 - a request for the ordinary act, not a fault
    """A light act cannot do this; the ordinary one can."""


@dataclass(frozen=True, slots=True)
class LightWork:
    """What a light act is given.

    Attributes:
        now: the moment of the act, aware, in UTC.
        keys: the keyring.
        destroy_after: until when details of this moment are kept.
        unwritten: the rows of this batch that wait to be written.
        driver: the connection of the transaction; used through `one`.
        drafts: the leaves of this act.
    """

    now: datetime
    keys: Keyring
    destroy_after: datetime
    unwritten: Unwritten
    driver: sqlite3.Connection
    drafts: list[LeafDraft] = field(default_factory=list)

    def one(self, bound: Bound) -> Any:
        """Read and return the first row as a tuple, or None."""
        return self.driver.execute(bound.sql, bound.values).fetchone()

    def record(self, entry: PreparedEntry, gen: int, n: int, row: KeyRow) -> Recorded:
        """Record an entry; the last thing that may fail in a light act.

        Args:
            entry: the entry.
            gen: what the database says is the generation in use.
            n: how many entries it says there are.
            row: the subject's newest active audit key.

        Raises:
            Heavy: the key must be turned, or encryptions must be reserved first.
        """
        key = self._key(entry, gen, row)
        owner = entry.subject.bytes
        waiting = self.unwritten.get(person.COUNTED, owner)
        i = n if waiting is None else waiting[0]
        recorded = compose(entry, key, i)
        envelope = self.keys.seal_reserved(
            key,
            detail.object_id(gen, i),
            detail.ENVELOPE_VERSION,
            detail.LABEL,
            plaintext(entry, gen, i),
        )
        if envelope is None:
            raise Heavy
        self.unwritten.put(KEEP_DETAIL, (owner, gen, i), (owner, gen, i, envelope))
        self.unwritten.put(person.COUNTED, owner, (i + 1, owner, gen))
        self.drafts.append(recorded.draft)
        return recorded

    def _key(self, entry: PreparedEntry, gen: int, row: KeyRow) -> OpenKey:
        try:
            key = self.keys.opened(entry.subject, KeyClass.AUDIT, row)
        except KeyUnavailable:
            raise Heavy from None
        if not is_usable(key, gen, self.destroy_after):
            raise Heavy
        return key
