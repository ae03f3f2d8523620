"""The body of a transparency report: one month in numbers, nobody in particular."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from audit.canonical import canonical
from consent import recipients
from pds.bank.transparency import counting, hiding
from pds.bank.transparency.counting import Entries, Handled
from pds.core.clock import end_of, month_after, start_of
from pds.core.database import Snapshot
from pds.oversight.bundle.period import Period

VERSION: Final = 1
TYPE: Final = "transparency_report"
SECTIONS: Final = ("log", "disclosures", "denials", "consents", "requests")
"""What is counted, as the members are named."""
_UNKNOWN: Final = "other"


def month_of(first: date) -> Period:
    """Return a month of Japan, given its first day."""
    return Period(since=start_of(first), until=end_of(last_of(first)))


def last_of(first: date) -> date:
    """Return the last day of a month, given its first."""
    return month_after(first) - timedelta(days=1)


def compose(
    snap: Snapshot, first: date, k: int, classes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Count a month.

    Args:
        snap: one consistent state.
        first: first day of the month.
        k: the least number that is said.
        classes: class of each recipient; as they stand now unless given.
    """
    period = month_of(first)
    found = counting.entries(snap, period)
    known = classes if classes is not None else _classes(snap)
    named = sorted(found.released.keys() | found.denied.keys())
    standing = {each: known.get(each, _UNKNOWN) for each in named if each}
    return {
        "v": VERSION,
        "type": TYPE,
        "month": f"{first:%Y-%m}",
        "k": k,
        "recipient_classes": standing,
        "log": {"from": found.first, "until": found.end},
        "disclosures": _disclosures(found, standing, k),
        "denials": _denials(snap, found, standing, period, k),
        "consents": hiding.table(counting.consents(snap, period), k),
        "requests": {
            kind: _request(handled, k)
            for kind, handled in counting.requests(snap, period).items()
        },
    }


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the sections in which two reports differ."""
    names = [name for name in SECTIONS if one.get(name) != other.get(name)]
    frame = [
        {k: v for k, v in each.items() if k not in SECTIONS} for each in (one, other)
    ]
    return names if canonical(frame[0]) == canonical(frame[1]) else ["frame", *names]


def _classes(snap: Snapshot) -> dict[str, str]:
    return {
        each.profile.recipient_id: each.recipient_class
        for each in recipients.every(snap)
    }


def _disclosures(found: Entries, classes: Mapping[str, str], k: int) -> dict[str, Any]:
    return {
        "total": hiding.number(found.released.total(), k),
        "by_class": hiding.table(_by_class(found.released, classes), k),
        "by_purpose": hiding.table(found.purposes, k),
        "by_category": hiding.table(found.categories, k),
        "by_form": hiding.table(found.forms, k),
    }


def _denials(
    snap: Snapshot,
    found: Entries,
    classes: Mapping[str, str],
    period: Period,
    k: int,
) -> dict[str, Any]:
    return {
        "total": hiding.number(found.denied.total(), k),
        "by_class": hiding.table(_by_class(found.denied, classes), k),
        "by_reason": hiding.table(counting.reasons(snap, period), k),
    }


def _by_class(counts: Counter[str], classes: Mapping[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for recipient, n in counts.items():
        found[classes.get(recipient, _UNKNOWN)] += n
    return found


def _request(handled: Handled, k: int) -> dict[str, Any]:
    written: dict[str, Any] = {
        "received": hiding.number(handled.received, k),
        "answered": hiding.number(handled.answered, k),
    }
    if handled.answered >= k:
        written["late"] = hiding.number(handled.late, k)
        written["median_days"] = handled.median_days
    return written
