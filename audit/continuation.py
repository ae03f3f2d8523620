"""Going on after a loss, openly: a new origin whose first leaf names what was lost.

Nothing is signed again under the old origin; whoever holds old receipts keeps them
and can check them against the checkpoint that this entry names. The tree keeps every
entry that could be restored, so `log:continued` stands where the restored part ends
(ADR 9), and old checkpoints of the kept part still bind it.
"""

import json
from collections.abc import Iterator

from sqlalchemy import update

from audit import guards, subject
from audit.canonical import canonical, parse_canonical
from audit.entry import Entry
from audit.errors import VerificationError
from audit.head import Head, read_head
from audit.highwater import Mark
from audit.leaf import EventType
from audit.person import state
from audit.sequencer import append
from audit.statement import Statement
from audit.tables import log_head
from audit.work import Work
from pds.core.database import Snapshot
from pds.core.ids import BANK
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

_NEWEST = 4
"""Entries of the bank in which that of a run that was killed can stand."""


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
        "lost": [restored_size, max(restored_size, old.size)],
    }
    return Entry(
        type=EventType.LOG_CONTINUED,
        detail={"object": canonical(lost).decode(), "reasons": reason},
    )


def go_on(work: Work, origin: str, entry: Entry, now_ms: int) -> Head:
    """Give the log a new origin and append the entry first, in one transaction.

    The guard of the head is lifted for this one statement and stands again before the
    transaction ends; on PostgreSQL only the owner of the table can do that.

    Raises:
        Unavailable: the clock is behind the log.
    """
    connection = work.connection
    lift, restore = guards.head_guard(connection.dialect.name)
    connection.exec_driver_sql(lift)
    connection.execute(update(log_head).values(origin=origin))
    connection.exec_driver_sql(restore)
    work.log.record(entry)
    # The bank's new generation was opened by the same act; the entry comes before it.
    drafts = list(reversed(work.log.drafts))
    return append(connection, read_head(connection), drafts, now_ms).head


def restored_before(work: Work, keys: Keyring, old: Mark) -> int | None:
    """Return how many leaves an earlier run kept when it continued this very mark.

    None when no run did. For a run that was killed after its commit.
    """
    for each in subject.page(work, keys, BANK, limit=_NEWEST).entries:
        if each.leaf.get("typ") == EventType.LOG_CONTINUED:
            lost = json.loads(each.detail.fields["object"])
            if (lost["origin"], lost["size"], lost["root"]) == (
                old.origin,
                old.size,
                old.root.hex(),
            ):
                return int(lost["lost"][0])
    return None


def statements(snap: Snapshot, keys: Keyring) -> Iterator[Statement]:
    """Yield each `log:continued` entry with its opened detail, for an export.

    It tells which log is continued and what was lost, of the bank and of no person.
    Entries whose key is gone by now, or that do not hold together, are left out: the
    verifier says that it misses them.
    """
    for gen in range(1, state(snap, BANK).gen + 1):
        try:
            # The act that goes on opens a generation, and records this entry next.
            entry = subject.entry(snap, keys, BANK, gen, 1)
        except (KeyUnavailable, VerificationError):
            continue
        if entry.leaf.get("typ") == EventType.LOG_CONTINUED and entry.index is not None:
            lost = json.loads(entry.detail.fields["object"])
            yield Statement(entry.index, str(lost["origin"]), _opening(entry))


def _opening(entry: subject.OwnEntry) -> bytes:
    detail = entry.detail
    opened = {
        name: [detail.salt(name).hex(), detail.fields[name]]
        for name in ("object", "reasons")
    }
    shown = {
        "index": entry.index,
        "leaf": entry.leaf,
        "m": parse_canonical(detail.m()),
        "open": opened,
        "opening": detail.opening.hex(),
    }
    return canonical(shown)
