"""Evidence from the log: who looked, what was refused, is it published (S-05, A-04)."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from audit import cosignatures, store, timestamps
from audit.leaf import EventType
from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.oversight.criteria.finding import (
    Evidence,
    found,
    met_if,
    red_if,
)
from pds.oversight.log_search import readable

NEWEST: Final = 2_000
"""Entries that one look reads, the newest ones."""
_PUBLISHED_WITHIN: Final = timedelta(days=1)


def published(snap: Snapshot) -> Evidence:
    """Say when the log was last signed, and what stands behind it (S-05)."""
    latest = store.latest_checkpoint(snap.connection)
    size = store.size(snap.connection)
    if latest is None:
        return found(red_if(size > 0), log_entries=size)
    newest = _newest_at(snap)
    behind = size - latest.size
    is_late = behind > 0 and snap.now - latest.published_at > _PUBLISHED_WITHIN
    return found(
        red_if(is_late),
        log_entries=size,
        entries_not_yet_signed=behind,
        last_checkpoint=latest.published_at,
        newest_entry=newest,
    )


def entries(snap: Snapshot) -> Evidence:
    """Read the newest entries; each readable and later than the last (C-02)."""
    leaves = store.leaves_before(snap.connection, store.size(snap.connection), NEWEST)
    read = [readable(each) for each in leaves]
    damaged = sum(not each for each in read)
    times = [each["t"] for each in read if each]
    back = sum(old > new for new, old in pairwise(times))
    kinds = Counter(each["typ"] for each in read if each)
    return found(
        red_if(damaged + back > 0, otherwise=met_if(bool(read))),
        entries_read=len(read),
        entries_unreadable=damaged,
        entries_out_of_time=back,
        disclosures=kinds[EventType.DISCLOSURE_RELEASED],
    )


def refusals(snap: Snapshot) -> Evidence:
    """Count what the gates refused among the newest entries (N-15, A-03)."""
    kinds = _kinds(snap)
    return found(
        met_if(kinds.total() > 0),
        entries_read=kinds.total(),
        disclosures=kinds[EventType.DISCLOSURE_RELEASED],
        disclosures_refused=kinds[EventType.DISCLOSURE_DENIED],
    )


def looks(snap: Snapshot) -> Evidence:
    """Count looks of staff, auditors and agents; each is the person's too (H-11)."""
    kinds = _kinds(snap)
    return found(
        met_if(kinds.total() > 0),
        entries_read=kinds.total(),
        looks_of_staff=kinds[EventType.STAFF_VIEWED],
        looks_of_auditors=kinds[EventType.AUDITOR_VIEWED]
        + kinds[EventType.AUDITOR_UNMASKED],
        looks_of_agents=kinds[EventType.AGENT_VIEWED],
    )


def taken(snap: Snapshot) -> Evidence:
    """Count what persons took of their own data, and what was erased (C-06, C-08)."""
    kinds = _kinds(snap)
    return found(
        met_if(kinds.total() > 0),
        entries_read=kinds.total(),
        taken_by_persons=kinds[EventType.PERSON_EXPORTED],
        accounts_erased=kinds[EventType.PERSON_ERASED],
    )


def outside(snap: Snapshot) -> Evidence:
    """Say whether witnesses and a time-stamping authority stand behind it (S-05)."""
    cosigned = cosignatures.newest(snap.connection)
    stamped = timestamps.newest(snap.connection)
    return found(
        met_if(bool(cosigned) or stamped is not None),
        witnesses=len({each.name for each in cosigned}),
        last_witnessed=max((each.at for each in cosigned), default=None),
        last_time_stamp=None if stamped is None else stamped.at,
    )


def _kinds(snap: Snapshot) -> Counter[str]:
    size = store.size(snap.connection)
    read = map(readable, store.leaves_before(snap.connection, size, NEWEST))
    return Counter(each["typ"] for each in read if each)


def _newest_at(snap: Snapshot) -> datetime | None:
    newest = store.leaves_before(snap.connection, store.size(snap.connection), 1)
    leaf = readable(newest[0]) if newest else {}
    return from_millis(leaf["t"]) if leaf else None
