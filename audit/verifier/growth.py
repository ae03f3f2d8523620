"""The tree rebuilt from the entries, a tile of 256 at a time."""

from collections import defaultdict
from collections.abc import Sequence

from audit.merkle import EMPTY_ROOT, HASH_SIZE, Frontier, root
from audit.plan import fold
from audit.tiles import LEVELS, WIDTH
from audit.verifier.findings import BadEntry, Findings, Incomplete
from audit.verifier.folder import ExportFolder

_MISMATCH = "The entries do not hash to the stored tree."


class Growth:
    """A tree that grows by tiles and is compared with the stored hashes.

    Args:
        folder: the export.
        size: number of leaves that the tree will have.
        findings: where a missing tile of hashes is written down; the entries alone
            still give every root.
    """

    def __init__(self, folder: ExportFolder, size: int, findings: Findings) -> None:
        self._folder = folder
        self._size = size
        self._findings = findings
        self._missing = False
        self._full = Frontier()
        self._tiles: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._numbers: defaultdict[int, int] = defaultdict(int)

    def differing(self, start: int, hashes: Sequence[bytes]) -> int | None:
        """Return the first leaf whose hash is not the stored one."""
        place = self._place(0, start // WIDTH, b"".join(hashes))
        return None if place is None else start + place

    def root(self, last: Frontier) -> bytes:
        """Return the root of all full tiles and the leaves of the last one."""
        hashes = [*self._full.hashes, *last.hashes]
        return fold(hashes) if hashes else EMPTY_ROOT

    def add(self, hashes: Sequence[bytes], good: int) -> None:
        """Go on to the next tile; `good` entries are known to be as signed.

        Raises:
            BadEntry: the stored hashes above say something else.
        """
        if len(hashes) < WIDTH:
            return
        top = root(hashes)
        self._collect(1, top, good)
        # To the tree above, the root of a full tile is what a leaf is to a tree.
        for level, _index, node in self._full.append(top):
            if level % LEVELS == 0:
                self._collect(level // LEVELS + 1, node, good)

    def compare(self, good: int) -> None:
        """Compare the unfinished tiles of the levels above with the stored ones.

        Raises:
            BadEntry: they differ.
        """
        for level in sorted(self._tiles):
            self._compare(level, good)

    def _collect(self, level: int, hashed: bytes, good: int) -> None:
        tile = self._tiles[level]
        tile += hashed
        if len(tile) == WIDTH * HASH_SIZE:
            self._compare(level, good)
            self._numbers[level] += 1
            del self._tiles[level]

    def _compare(self, level: int, good: int) -> None:
        number = self._numbers[level]
        place = self._place(level, number, bytes(self._tiles[level]))
        if place is not None:
            # Above level 0 only the first entry that it could be is known.
            first = (number * WIDTH + place) << level * LEVELS
            raise BadEntry(max(first, good), _MISMATCH)

    def _place(self, level: int, number: int, computed: bytes) -> int | None:
        width = min(WIDTH, (self._size >> LEVELS * level) - number * WIDTH)
        try:
            stored = self._folder.hashes(level, number, width)
        except Incomplete as error:
            self._miss(error)
            return None
        if len(stored) == width * HASH_SIZE and stored.startswith(computed):
            return None
        places = range(0, len(computed), HASH_SIZE)
        ends = ((at, at + HASH_SIZE) for at in places)
        differing = (at for at, end in ends if stored[at:end] != computed[at:end])
        return next(differing, 0) // HASH_SIZE

    def _miss(self, error: Incomplete) -> None:
        if not self._missing:
            self._findings.unchecked.append(str(error))
        self._missing = True
