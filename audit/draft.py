"""A leaf on its way into the tree, and what the caller of the log gets to hold."""

from dataclasses import dataclass
from uuid import UUID

from audit.entry import PreparedEntry


@dataclass(slots=True)
class LeafDraft:
    """A leaf that lacks only its time; the sequencer fills in where it came to stand.

    Attributes:
        id: the 16 bytes of the leaf's id.
        sub: the 16 bytes of its subject handle.
        prefix: bytes of the leaf before the milliseconds.
        suffix: bytes of the leaf after them.
        index: position in the tree, once it has one.
        size: size of the first tree that was complete with it.
        leaf: the bytes of the leaf, once it has its time.
    """

    id: bytes
    sub: bytes
    prefix: bytes
    suffix: bytes
    index: int | None = None
    size: int | None = None
    leaf: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry written in the caller's transaction.

    Attributes:
        prepared: the entry with its salts.
        gen: generation of the audit key.
        i: number of the entry within that generation.
        m: the detail map that the leaf commits to.
        draft: the leaf; its index and size are known after the commit.
    """

    prepared: PreparedEntry
    gen: int
    i: int
    m: bytes
    draft: LeafDraft

    @property
    def id(self) -> UUID:
        """The id of the leaf."""
        return self.prepared.id

    @property
    def index(self) -> int | None:
        """Position in the tree; None until the writer has placed the leaf."""
        return self.draft.index

    @property
    def size(self) -> int | None:
        """Size of the first tree with it; None until the writer has placed it."""
        return self.draft.size

    @property
    def fields(self) -> dict[str, str]:
        """Every field of the detail, gen and i included."""
        return {**self.prepared.fields, "gen": str(self.gen), "i": str(self.i)}
