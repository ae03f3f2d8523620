"""Signs the log's head after each commit and keeps what was published.

The order is: commit, sign, wake the callers; so no signature ever covers a leaf that
could still be lost. A signed checkpoint is kept as published at most once a second, in
a later transaction; until then it lives in the receipts that carry it. The high-water
mark beside the log's key is written at the same pace.
"""

from pathlib import Path

from sqlalchemy import Connection

from audit import store
from audit.head import Head
from audit.highwater import Mark, raise_mark
from audit.signer import LogSigner
from pds.core.clock import Clock

_SECONDS_BETWEEN = 1.0


class Publisher:
    """Signs heads and publishes checkpoints; `publish_due` is one thread's affair."""

    def __init__(self, signer: LogSigner, key_dir: Path, clock: Clock) -> None:
        self._signer = signer
        self._key_dir = key_dir
        self._clock = clock
        self._signed: tuple[Head, str] | None = None
        self._published_size = -1
        self._published_at = float("-inf")

    def sign(self, head: Head) -> str:
        """Return the checkpoint of a committed head."""
        note = self._signer.sign(head.size, head.root())
        self._signed = (head, note)
        return note

    def is_due(self, *, last: bool = False) -> bool:
        """Say whether a signed checkpoint waits to be published."""
        if self._signed is None or self._signed[0].size == self._published_size:
            return False
        return last or self._clock.monotonic() - self._published_at >= _SECONDS_BETWEEN

    def publish_due(self, connection: Connection, *, last: bool = False) -> None:
        """Keep the last signed checkpoint as published, inside a transaction.

        The mark may be written before this commits: the head that it names was
        committed before it was signed.
        """
        if self._signed is None or not self.is_due(last=last):
            return
        head, note = self._signed
        now = self._clock.now()
        store.publish(connection, head.size, self._signer.complete(note, now), now)
        raise_mark(self._key_dir, Mark(head.origin, head.size, head.root()))
        self._published_size = head.size
        self._published_at = self._clock.monotonic()

    def rolled_back(self) -> None:
        """Forget what was published in a transaction that did not commit."""
        self._published_size = -1
