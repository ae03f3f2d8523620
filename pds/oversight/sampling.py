"""Samples that anybody can draw again from the exported log.

Every entry of the wanted kind in the period has the rank SHA-256(seed ‖ 0x00 ‖ u64 of
its position, big-endian); the sample is those of the lowest rank. The size of the tree
is part of the result, so that a log that has grown gives the same sample again.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from audit import store
from audit.leaf import EventType
from audit.store import Published
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.oversight.log_search import period, readable

MOST: Final = 50
"""Entries in one sample."""
MOST_IN_PERIOD: Final = 200_000
"""Entries of the log in the period of one sample."""
_STEP: Final = 1_000


class SampleKind(StrEnum):
    """What is drawn."""

    DISCLOSURES = "disclosures"
    CONSENTS = "consents"


_TYPES: Final = {
    SampleKind.DISCLOSURES: EventType.DISCLOSURE_RELEASED,
    SampleKind.CONSENTS: EventType.CONSENT_EVENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a sample is drawn by; the same draw gives the same sample.

    Attributes:
        seed: any text; drawn or agreed on before.
        kind: what is drawn.
        count: how many.
        since: first moment of the period, or None.
        until: first moment after it, or None.
    """

    seed: str
    kind: SampleKind
    count: int
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was drawn: position and leaf, lowest rank first.

    Attributes:
        published: the checkpoint of the tree that it was drawn from.
        drawn_from: how many entries could have been drawn.
        leaves: position, bytes and parsed leaf of each.
    """

    published: Published
    drawn_from: int
    leaves: list[tuple[int, bytes, dict[str, Any]]]


def draw(snap: Snapshot, wanted: Draw, published: Published) -> Sample:
    """Draw a sample from the tree of a published checkpoint.

    Raises:
        Invalid: `sample.count`, or `sample.period`: too many entries in it.
    """
    if not 1 <= wanted.count <= MOST:
        raise Invalid("sample.count", "A sample has 1 to 50 entries.")
    low, high = period(snap, wanted.since, wanted.until, published.size)
    if high - low > MOST_IN_PERIOD:
        raise Invalid("sample.period", "The period holds too many entries.")
    ranked: list[tuple[bytes, int]] = []
    end = f',"typ":"{_TYPES[wanted.kind]}","v":1}}'.encode()
    for start in range(low, high, _STEP):
        found = store.leaves(snap.connection, start, min(_STEP, high - start))
        # Leaves are canonical, so this is how each says of which kind it is.
        ranked += [
            (rank(wanted.seed, each.index), each.index)
            for each in found
            if each.leaf.endswith(end) and readable(each)
        ]
    chosen = [index for _, index in heapq.nsmallest(wanted.count, ranked)]
    stored = [store.leaf_at(snap.connection, index) for index in chosen]
    return Sample(
        published=published,
        drawn_from=len(ranked),
        leaves=[(each.index, each.leaf, readable(each)) for each in stored],
    )


def rank(seed: str, index: int) -> bytes:
    """Return the rank of a position under a seed."""
    return sha256(seed.encode() + b"\x00" + index.to_bytes(8)).digest()
