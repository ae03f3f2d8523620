"""The proof of an entry, in the hand of the person whom it is about (C-13)."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from audit import store
from audit.head import read_head
from audit.proof import TlogProof
from audit.receipt import assemble
from audit.signer import LogSigner
from audit.store import Published
from audit.subject import OwnEntry
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.keys.keyring import Keyring
from pds.rights import history


def of_leaf(
    snap: Snapshot, keys: Keyring, signer: LogSigner, owner: OwnerId, leaf_id: UUID
) -> bytes:
    """Return a `.tlog-proof` of the person's own entry, every field opened.

    Raises:
        NotFound: there is no such entry of this person, or it waits for its place.
        Conflict: a larger tree was signed meanwhile; ask again.
    """
    return build(snap, signer, history.find(snap, keys, owner, leaf_id))


def build(
    snap: Snapshot,
    signer: LogSigner,
    entry: OwnEntry,
    names: Collection[str] | None = None,
) -> bytes:
    """Return the proof of an entry; see `Prover.build`."""
    return Prover(snap, signer).build(entry, names)


class Prover:
    """Proves entries of one state, each tree looked up and signed once.

    Args:
        snap: one consistent state.
        signer: signs the head where no published checkpoint covers an entry.
    """

    def __init__(self, snap: Snapshot, signer: LogSigner) -> None:
        self._snap, self._signer = snap, signer
        self._trees: list[tuple[int, str]] = []

    def build(self, entry: OwnEntry, names: Collection[str] | None = None) -> bytes:
        """Return the proof of an entry under a published checkpoint, or a fresh one.

        Args:
            entry: the entry.
            names: fields to open; all of them if not said.

        Raises:
            NotFound: `rights.no-entry`; the entry waits for its place in the tree.
            Conflict: a larger tree was signed meanwhile; ask again.
        """
        if entry.index is None:
            raise NotFound("rights.no-entry", "The entry waits for its place.")
        size, note = self._tree(entry.index)
        path = store.inclusion_proof(self._snap.connection, entry.index, size)
        return assemble(
            entry.bytes,
            entry.detail.m(),
            entry.detail,
            TlogProof(entry.index, tuple(path), note),
            sorted(entry.detail.fields) if names is None else names,
        )

    def _tree(self, index: int) -> tuple[int, str]:
        """Return the least tree at hand that covers a place, and its signed note."""
        for size, note in self._trees:
            if index < size:
                return size, note
        published = store.checkpoint_covering(self._snap.connection, index)
        if published is None:
            head = read_head(self._snap.connection)
            found = head.size, self._signer.sign(head.size, head.root())
        else:
            found = published.size, published.note
        self._trees = sorted([*self._trees, found])
        return found


def covering(snap: Snapshot, places: Iterable[int | None]) -> Mapping[int, Published]:
    """Return the first published checkpoint that covers each place of the log.

    A place that no published checkpoint covers yet is left out.
    """
    found: dict[int, Published] = {}
    last: Published | None = None
    for place in sorted({each for each in places if each is not None}):
        if last is None or place >= last.size:
            last = store.checkpoint_covering(snap.connection, place)
        if last is None:
            break
        found[place] = last
    return found
