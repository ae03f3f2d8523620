"""One pass over every entry of an export, rebuilding the tree as it goes."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from audit.checkpoint import Checkpoint
from audit.merkle import Frontier, leaf_hash
from audit.verifier.findings import BadEntry, Findings
from audit.verifier.folder import ExportFolder
from audit.verifier.growth import Growth
from audit.verifier.rules import Rules


class Walk:
    """The check of every entry: the rules, the stored hashes, every signed root.

    Args:
        folder: the export.
        checkpoints: what the log has signed, the latest among them.
        kept: indexes whose leaves are to be remembered.
        findings: what is said besides.
        progress: told how many entries are done.

    Attributes:
        leaves: the leaves remembered, by index.
        rules: what was learned of the entries.
    """

    def __init__(
        self,
        folder: ExportFolder,
        checkpoints: list[Checkpoint],
        *,
        kept: set[int],
        findings: Findings,
        progress: Callable[[int], None],
    ) -> None:
        self._folder = folder
        self._size = max(each.size for each in checkpoints)
        self._growth = Growth(folder, self._size, findings)
        self._expected: defaultdict[int, set[bytes]] = defaultdict(set)
        for each in checkpoints:
            self._expected[each.size].add(each.root)
        self._sizes = sorted(self._expected, reverse=True)
        self._kept = sorted(kept, reverse=True)
        self._progress = progress
        self._good = 0
        self.leaves: dict[int, bytes] = {}
        self.rules = Rules()

    def run(self) -> None:
        """Check the entries up to the largest checkpoint.

        Raises:
            BadEntry: names the first bad entry and why.
            Incomplete: a tile of entries is missing.
        """
        self._check_roots(0, [], 0)
        for start, raws, complaint in self._folder.entry_tiles(self._size):
            self._tile(start, raws, complaint)
            self._progress(start + len(raws))
        self._growth.compare(self._good)

    def _tile(self, start: int, raws: list[bytes], complaint: str) -> None:
        bad = self.rules.check(start, raws)
        if bad is None and complaint:
            bad = BadEntry(start + len(raws), complaint)
        hashes = list(map(leaf_hash, raws))
        differing = self._growth.differing(start, hashes)
        if differing is not None and (bad is None or differing < bad.index):
            bad = BadEntry(differing, "The entry does not hash to the stored tree.")
        # What was signed before the bad entry may name an earlier one.
        sound = start + len(raws) if bad is None else bad.index
        self._check_roots(start, hashes, sound)
        if bad is not None:
            raise bad
        self._growth.add(hashes, self._good)
        self._keep(start, raws)

    def _check_roots(self, start: int, hashes: Sequence[bytes], end: int) -> None:
        last = Frontier()
        while self._sizes and self._sizes[-1] <= end:
            size = self._sizes.pop()
            for hashed in hashes[last.size : size - start]:
                last.append(hashed)
            if self._expected[size] != {self._growth.root(last)}:
                # The stored hashes say which entry changed, if they were left alone.
                self._growth.compare(self._good)
                raise BadEntry(
                    self._good,
                    "From here on the entries are not those that were signed "
                    f"at size {size}.",
                )
            self._good = size

    def _keep(self, start: int, raws: Sequence[bytes]) -> None:
        while self._kept and self._kept[-1] < start + len(raws):
            index = self._kept.pop()
            self.leaves[index] = raws[index - start]
