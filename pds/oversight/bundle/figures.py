"""Figures of a period by month of Japan: entries, consents, withdrawals, keys.

Counted from the log and from clear columns; nothing is opened and nobody is named.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from audit import store
from audit.leaf import EventType
from consent.states import ConsentEvent
from consent.tables import consent_event, consent_use
from pds.accounts.roles import Role
from pds.accounts.tables import account
from pds.core.clock import TOKYO, from_millis, tokyo_day
from pds.core.database import Snapshot
from pds.keys.classes import KeyClass, KeyState
from pds.keys.tables import owner_key
from pds.oversight.bundle.files import Files, rfc3339
from pds.oversight.bundle.period import Period
from pds.oversight.log_search import readable

_PAGE: Final = 1_000
_LOOKS: Final = frozenset(
    {
        EventType.STAFF_VIEWED,
        EventType.AUDITOR_VIEWED,
        EventType.AUDITOR_UNMASKED,
        EventType.AGENT_VIEWED,
        EventType.PERSON_EXPORTED,
    }
)
"""Entries of somebody's having seen or taken what is a person's (S-05)."""

_WITHDRAWN: Final = (ConsentEvent.WITHDRAWN, ConsentEvent.REVOKED)


def write(snap: Snapshot, period: Period, size: int, files: Files) -> None:
    """Write the figures, and the list of looks, of a period of the log."""
    leaves: Counter[tuple[str, str, str]] = Counter()
    files.put_lines("looks.ndjson", _looks(snap, period, size, leaves))
    files.put_json(
        "figures.json",
        {
            "accounts_of_persons": _accounts(snap),
            "consent_events": _named(_events(snap, period), "month", "event", "act"),
            "entries": _named(leaves, "month", "type", "recipient"),
            "withdrawals": _withdrawals(snap, period),
        },
    )
    files.put_json("keys.json", _keys(snap))


def _looks(
    snap: Snapshot, period: Period, size: int, leaves: Counter[tuple[str, str, str]]
) -> Iterator[dict[str, Any]]:
    low, high = period.places(snap, size)
    for start in range(low, high, _PAGE):
        for each in store.leaves(snap.connection, start, min(_PAGE, high - start)):
            leaf = readable(each)
            if not leaf:
                continue
            at = from_millis(leaf["t"])
            leaves[_month(at), leaf["typ"], leaf.get("rcp", "")] += 1
            if leaf["typ"] in _LOOKS:
                yield {
                    "index": each.index,
                    "id": leaf["id"],
                    "at": rfc3339(at),
                    "type": leaf["typ"],
                }


def _events(snap: Snapshot, period: Period) -> Counter[tuple[str, str, str]]:
    event = consent_event.c
    found: Counter[tuple[str, str, str]] = Counter()
    query = period.narrowed(select(event.at, event.event, event.act), event.at)
    streamed = query.execution_options(yield_per=_PAGE)
    for at, kind, act in snap.connection.execute(streamed):
        found[_month(at), kind, act] += 1
    return found


def _withdrawals(snap: Snapshot, period: Period) -> list[dict[str, Any]]:
    """Count withdrawals, and fetches under them on a later day, which are none."""
    event, use = consent_event.c, consent_use.c
    counts: Counter[str] = Counter()
    later: Counter[str] = Counter()
    query = select(event.owner_id, event.consent_id, event.at).where(
        event.event.in_(_WITHDRAWN)
    )
    narrowed = period.narrowed(query, event.at)
    for owner, consent_id, at in snap.connection.execute(narrowed).all():
        counts[_month(at)] += 1
        fetched = select(func.sum(use.n)).where(
            use.owner_id == owner,
            use.consent_id == consent_id,
            use.day > tokyo_day(at),
        )
        later[_month(at)] += snap.connection.execute(fetched).scalar() or 0
    return [
        {"month": month, "count": count, "fetches_on_later_days": later[month]}
        for month, count in sorted(counts.items())
    ]


def _accounts(snap: Snapshot) -> dict[str, int]:
    query = (
        select(account.c.state, func.count().label("people"))
        .where(account.c.role == Role.PERSON)
        .group_by(account.c.state)
    )
    return {row.state: row.people for row in snap.connection.execute(query)}


def _keys(snap: Snapshot) -> list[dict[str, Any]]:
    """Count keys by class, state and the day on which they may go (C-09, A-09)."""
    key = owner_key.c
    named = (key["class"], key.state, key.destroy_after)
    query = select(*named, func.count()).group_by(*named).order_by(*named)
    return [
        {
            "class": number,
            "name": KeyClass(number).name.lower() if number in _CLASSES else "data",
            "state": KeyState(state).name.lower(),
            "destroy_after": "" if after is None else rfc3339(after),
            "count": count,
        }
        for number, state, after, count in snap.connection.execute(query)
    ]


def _named(counts: Counter[tuple[str, str, str]], *names: str) -> list[dict[str, Any]]:
    return [
        {**dict(zip(names, values, strict=True)), "count": count}
        for values, count in sorted(counts.items())
    ]


def _month(at: datetime) -> str:
    return at.astimezone(TOKYO).strftime("%Y-%m")


_CLASSES: Final = frozenset(KeyClass)
