"""Signs the log's head after each commit and keeps what was published.

The order is: commit, sign, wake the callers; so no signature ever covers a leaf that
could still be lost. A signed checkpoint is kept as published at most once a second, in
a later transaction; until then it lives in the receipts that carry it. The high-water
mark beside the log key is written at the same pace.
"""

from audit.highwater import HighWater
from audit.sequencer import Head
from audit.signer import LogSigner
from audit.store import publish_checkpoint
from sqlalchemy import Connection

from pds.core.clock import Clock

_SECONDS_BETWEEN = 1.0


class Publisher:
    """Signs heads and publishes checkpoints. Used by one thread only."""

    def __init__(self, signer: LogSigner, high_water: HighWater, clock: Clock) -> None:
        self._signer = signer
        self._high_water = high_water
        self._clock = clock
        self._signed: tuple[Head, str] | None = None
        self._published_size = -1
        self._published_at = float("-inf")

    def sign(self, head: Head) -> str:
        """Return the checkpoint of a committed head."""
        note = self._signer.checkpoint(head.size, head.root())
        self._signed = (head, note)
        return note

    def is_due(self, *, last: bool = False) -> bool:
        """Say whether a signed checkpoint waits to be published."""
        if self._signed is None or self._signed[0].size == self._published_size:
            return False
        return last or self._clock.monotonic() - self._published_at >= _SECONDS_BETWEEN

    def publish_due(self, connection: Connection, *, last: bool = False) -> None:
        """Keep the last signed checkpoint as published, inside a transaction.

        The mark is written before this commits, and that is sound: the head that it
        names was committed before it was signed.
        """
        if self._signed is None or not self.is_due(last=last):
            return
        head, note = self._signed
        publish_checkpoint(connection, head.size, note, self._clock.now())
        self._high_water.write(head.size, head.root())
        self._published_size = head.size
        self._published_at = self._clock.monotonic()
