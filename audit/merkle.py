"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1): hashes and proofs.

Pure functions on bytes. Verification follows the algorithms of RFC 9162 sections
2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from audit.errors import VerificationError

HASH_SIZE = 32
"""Bytes of a SHA-256 hash."""

_MAX_BITS = 64
_MAX_PROOF = _MAX_BITS + 1

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256(0x00 || entry).

    Raises:
        VerificationError: the entry is not bytes.
    """
    if not isinstance(entry, bytes):
        raise VerificationError("An entry of the log is bytes.")
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands at an index of the tree of a size and root.

    Raises:
        VerificationError: the proof is malformed or leads to another root.
    """
    hashes = _listed(proof)
    _check_hashes([leaf_hash, root, *hashes])
    _check_numbers(index, size)
    if index >= size:
        raise VerificationError("The index lies outside the tree.")
    position, last = index, size - 1
    computed = leaf_hash
    for sibling in hashes:
        if last == 0:
            raise VerificationError("The inclusion proof is too long.")
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            position, last = _skip_right_edge(position, last)
        else:
            computed = node_hash(computed, sibling)
        position >>= 1
        last >>= 1
    if last != 0:
        raise VerificationError("The inclusion proof is too short.")
    if computed != root:
        raise VerificationError("The inclusion proof leads to another root.")


def verify_consistency(
    old_size: int,
    new_size: int,
    proof: Sequence[bytes],
    old_root: bytes,
    new_root: bytes,
) -> None:
    """Check that the tree of the new size begins with the tree of the old size.

    Size 0 is refused here: every tree begins with the empty one, so such a proof
    would prove nothing. A witness that starts from nothing must say so itself.

    Raises:
        VerificationError: the proof is malformed or leads to other roots.
    """
    hashes = _listed(proof)
    _check_numbers(old_size, new_size)
    if old_size == 0 or old_size > new_size:
        raise VerificationError("The old size must be between 1 and the new size.")
    if old_size == new_size:
        # Nothing is hashed here; published vectors have roots of other lengths.
        if hashes or type(old_root) is not bytes or old_root != new_root:
            raise VerificationError("Trees of one size have another root or a proof.")
        return
    _check_hashes([old_root, new_root, *hashes])
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise VerificationError("The consistency proof is too short.")
    if _climb(old_size, new_size, hashes) != (old_root, new_root):
        raise VerificationError("The consistency proof leads to another root.")


def _climb(old_size: int, new_size: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise VerificationError("The consistency proof is too long.")
        if position & 1 or position == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            position, last = _skip_right_edge(position, last)
        else:
            new = node_hash(new, sibling)
        position >>= 1
        last >>= 1
    if last != 0:
        raise VerificationError("The consistency proof is too short.")
    return old, new


def _skip_right_edge(position: int, last: int) -> tuple[int, int]:
    # On the ragged right edge a node without a sibling rises unchanged.
    while position and not position & 1:
        position >>= 1
        last >>= 1
    return position, last


def _listed(proof: Sequence[bytes]) -> list[bytes]:
    if isinstance(proof, bytes | bytearray | memoryview | str):
        raise VerificationError("A proof is a list of hashes.")
    try:
        hashes = list(islice(proof, _MAX_PROOF + 1))
    except TypeError:
        raise VerificationError("A proof is a list of hashes.") from None
    if len(hashes) > _MAX_PROOF:
        raise VerificationError("A proof is too long for any tree.")
    return hashes


def _check_hashes(hashes: Iterable[object]) -> None:
    for each in hashes:
        if not isinstance(each, bytes) or len(each) != HASH_SIZE:
            raise VerificationError("A hash is not 32 bytes.")


def _check_numbers(*numbers: object) -> None:
    for number in numbers:
        if type(number) is not int or not 0 <= number < 1 << _MAX_BITS:
            raise VerificationError("A tree size or index is out of range.")


class Frontier:
    """The complete subtrees of a growing tree: all that appending needs.

    Args:
        size: number of leaves so far.
        hashes: the roots of the complete subtrees, one per set bit of the size.

    Raises:
        VerificationError: the hashes do not fit the size.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        _check_numbers(size)
        _check_hashes(hashes)
        if size.bit_count() != len(hashes):
            raise VerificationError("The frontier does not fit the size.")
        self.size = size
        self._hashes = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, leaf_hash: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf; return the inner nodes it completed: (level, index, hash)."""
        completed: list[tuple[int, int, bytes]] = []
        computed, rest, level = leaf_hash, self.size, 0
        while rest & 1:
            computed = node_hash(self._hashes.pop(), computed)
            rest >>= 1
            level += 1
            completed.append((level, rest, computed))
        self._hashes.append(computed)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root of the tree so far."""
        if not self._hashes:
            return EMPTY_ROOT
        computed = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            computed = node_hash(left, computed)
        return computed


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes (RFC 6962 section 2.1).

    Pairing neighbours level by level, an odd last one rising unpaired, gives the tree
    that the recursive definition gives.
    """
    level = list(leaf_hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        paired = list(map(node_hash, level[::2], level[1::2]))
        level = paired + level[len(paired) * 2 :]
    return level[0]
