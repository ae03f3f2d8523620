"""One pass over every entry of an export, rebuilding the tree as it goes."""

from collections import defaultdict

from audit.checkpoint import Checkpoint
from audit.errors import VerificationError
from audit.leaf import scan_leaf
from audit.merkle import HASH_SIZE, Frontier, leaf_hash
from audit.tiles import LEVELS, WIDTH
from audit.verifier.findings import BadEntry
from audit.verifier.folder import ExportFolder


class Walk:
    """The check of every entry.

    Rules, in order: size and canonical form of the leaf, its schema, time that never
    goes back, an id that no earlier leaf has, the stored hashes, and the root at the
    size of every checkpoint known.

    Args:
        folder: the export.
        checkpoints: what the log has signed, the latest among them.
        kept: indexes whose leaves are to be remembered.
    """

    def __init__(
        self, folder: ExportFolder, checkpoints: list[Checkpoint], kept: set[int]
    ) -> None:
        self._folder = folder
        self._frontier = Frontier()
        self._expected: defaultdict[int, set[bytes]] = defaultdict(set)
        for each in checkpoints:
            self._expected[each.size].add(each.root)
        self._kept = kept
        self._size = 0
        self._good = 0
        self._last_t = 0
        self._ids: set[bytes] = set()
        self._tiles: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._numbers: defaultdict[int, int] = defaultdict(int)
        self.leaves: dict[int, bytes] = {}

    def run(self, size: int) -> None:
        """Check the first `size` entries.

        Raises:
            BadEntry: names the first bad entry and why.
            Incomplete: a file is missing.
        """
        self._size = size
        self._check_root()
        for index, raw in self._folder.entries(size):
            try:
                self._check_leaf(raw)
            except VerificationError as error:
                raise BadEntry(index, str(error)) from None
            if index in self._kept:
                self.leaves[index] = raw
            self._grow(raw)
            self._check_root()
        for level in sorted(self._tiles):
            self._compare(level)

    def _check_leaf(self, raw: bytes) -> None:
        leaf_id, t = scan_leaf(raw)
        if t < self._last_t:
            raise VerificationError("Its time is before that of the entry before it.")
        if leaf_id in self._ids:
            raise VerificationError("Its id was used by an earlier entry.")
        self._last_t = t
        self._ids.add(leaf_id)

    def _grow(self, raw: bytes) -> None:
        hashed = leaf_hash(raw)
        self._collect(0, hashed)
        for level, _index, node in self._frontier.append(hashed):
            if level % LEVELS == 0:
                self._collect(level // LEVELS, node)

    def _collect(self, level: int, hashed: bytes) -> None:
        tile = self._tiles[level]
        tile += hashed
        if len(tile) == WIDTH * HASH_SIZE:
            self._compare(level)
            self._numbers[level] += 1
            del self._tiles[level]

    def _compare(self, level: int) -> None:
        tile, number = self._tiles[level], self._numbers[level]
        width = min(WIDTH, (self._size >> LEVELS * level) - number * WIDTH)
        stored = self._folder.hashes(level, number, width)
        if len(stored) == width * HASH_SIZE and stored.startswith(tile):
            return
        # On level 0 the very entry can be named; above, the first it could be.
        differing = (
            at
            for at in range(0, len(tile), HASH_SIZE)
            if stored[at : at + HASH_SIZE] != tile[at : at + HASH_SIZE]
        )
        place = next(differing, 0)
        index = number * WIDTH + place // HASH_SIZE
        first = max(index << level * LEVELS, self._good)
        raise BadEntry(first, "The entries do not hash to the stored tree.")

    def _check_root(self) -> None:
        roots = self._expected.get(self._frontier.size)
        if roots is None:
            return
        if roots != {self._frontier.root()}:
            # The stored hashes say which entry changed, if they were left alone.
            for level in sorted(self._tiles):
                self._compare(level)
            raise BadEntry(
                self._good,
                "From here on the entries are not those that were signed "
                f"at size {self._frontier.size}.",
            )
        self._good = self._frontier.size
