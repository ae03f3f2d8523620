"""Going on after a loss, openly: a new origin whose first leaf names what was lost.

Nothing is signed again under the old origin; whoever holds old receipts keeps them
and can check them against the checkpoint that this entry names.
"""

from audit.canonical import canonical
from audit.entry import Entry
from audit.highwater import Mark
from audit.leaf import EventType


def continued(old: Mark, restored_size: int, old_checkpoint: str, reason: str) -> Entry:
    """Return the first entry of a log that continues another.

    Args:
        old: the high-water mark of the lost log.
        restored_size: number of leaves of the old log that could be restored.
        old_checkpoint: the last signed checkpoint known of the old log, or "".
        reason: a code such as `backup-restored`.
    """
    lost = {
        "origin": old.origin,
        "size": old.size,
        "root": old.root.hex(),
        "checkpoint": old_checkpoint,
        "lost": [restored_size, old.size],
    }
    return Entry(
        type=EventType.LOG_CONTINUED,
        detail={"object": canonical(lost).decode(), "reasons": reason},
    )
