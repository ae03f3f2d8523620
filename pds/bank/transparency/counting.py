"""Counting what happened in a month: entries of the log, and clear columns.

Nothing is opened: entries of the log tell kind, recipient, purpose, categories and form
to everybody. Reasons of denials, events of consents and requests of persons stand in
columns that name nobody.
"""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Select, func, select

from audit import store
from audit.leaf import EventType
from consent.tables import consent_event
from pds.core.clock import tokyo_day
from pds.core.database import Snapshot
from pds.disclosure import denial_counts
from pds.oversight.bundle.period import Period
from pds.oversight.log_search import readable
from pds.rights.desk.tables import rights_request

_PAGE: Final = 5_000
_RELEASED: Final = EventType.DISCLOSURE_RELEASED.value
_DENIED: Final = EventType.DISCLOSURE_DENIED.value


@dataclass(slots=True)
class Entries:
    """What the entries of a time say.

    Attributes:
        first: place of the first of them.
        end: place behind the last of them.
        kinds: entries by type.
        released: releases by recipient.
        denied: entries about denials by recipient.
        purposes: releases by purpose.
        categories: releases in which a category was given.
        forms: releases by form.
    """

    first: int
    end: int
    kinds: Counter[str] = field(default_factory=Counter)
    released: Counter[str] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    purposes: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)

    def take(self, leaf: dict[str, Any]) -> None:
        """Count one entry."""
        kind, recipient = leaf["typ"], leaf.get("rcp", "")
        self.kinds[kind] += 1
        if kind == _DENIED:
            self.denied[recipient] += 1
        if kind == _RELEASED:
            self.released[recipient] += 1
            self.purposes[leaf.get("pur", "")] += 1
            self.forms[leaf.get("form", "")] += 1
            self.categories.update(leaf.get("cats", ()))


@dataclass(frozen=True, slots=True)
class Handled:
    """How requests of one kind were handled.

    Attributes:
        received: came in within the month.
        answered: were answered within it.
        late: of these, behind their day.
        median_days: of these, from coming in to the answer, in whole days.
    """

    received: int = 0
    answered: int = 0
    late: int = 0
    median_days: int = 0


def entries(snap: Snapshot, period: Period) -> Entries:
    """Count the entries of the log of a time."""
    low, high = period.places(snap, store.size(snap.connection))
    found = Entries(low, high)
    for start in range(low, high, _PAGE):
        for each in store.leaves(snap.connection, start, min(_PAGE, high - start)):
            leaf = readable(each)
            if leaf:
                found.take(leaf)
    return found


def consents(snap: Snapshot, period: Period) -> dict[str, int]:
    """Count the events of consents by name."""
    event = consent_event.c.event
    query: Select[Any] = select(event, func.count()).group_by(event).order_by(event)
    rows = snap.connection.execute(period.narrowed(query, consent_event.c.at))
    return {row[0]: row[1] for row in rows}


def reasons(snap: Snapshot, period: Period) -> dict[str, int]:
    """Count denials by reason; one with two reasons counts under each."""
    if period.since is None or period.until is None:
        raise AssertionError("A month has both ends.")
    first, last = tokyo_day(period.since), tokyo_day(period.until) - 1
    counted: Counter[str] = Counter()
    for (_who, reason), n in denial_counts.between(snap, first, last).items():
        counted[reason] += n
    return dict(counted)


def requests(snap: Snapshot, period: Period) -> dict[str, Handled]:
    """Count the requests of persons by kind, and how long answers took."""
    c = rights_request.c
    query: Select[Any] = select(c.kind, func.count()).group_by(c.kind)
    narrowed = period.narrowed(query, c.received_at)
    received = {row[0]: row[1] for row in snap.connection.execute(narrowed)}
    answers: dict[str, list[tuple[int, bool]]] = {}
    rows = period.narrowed(
        select(c.kind, c.received_at, c.answered_at, c.due_at), c.answered_at
    )
    for kind, came, answered, due in snap.connection.execute(rows):
        took = (answered - came).days
        answers.setdefault(kind, []).append((took, answered > due))
    return {
        kind: _handled(received.get(kind, 0), answers.get(kind, []))
        for kind in sorted(received.keys() | answers.keys())
    }


def _handled(received: int, answers: list[tuple[int, bool]]) -> Handled:
    days = [took for took, _late in answers]
    return Handled(
        received=received,
        answered=len(answers),
        late=sum(late for _took, late in answers),
        median_days=int(statistics.median(days)) if days else 0,
    )
