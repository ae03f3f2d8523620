"""What the board has to know: what is live without its decision, and what happened.

The first list must be empty (G-05); it is shown to board and auditors and asked for by
`infobank doctor`. The second is made from the log and from clear columns for a period
(G-08); nothing is opened and nobody is named.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from audit import store
from consent import (
    board_conditions,
    board_items,
    board_rules,
    board_vocabulary,
    text_facts,
    text_transition,
)
from consent.board_items import Definition
from consent.facts import (
    BoardResult,
    BoardSubjectKind,
    ContractState,
    OfferState,
    Standing,
)
from consent.tables import consent_event
from consent.text_transition import Transition
from pds.core.clock import tokyo_day
from pds.core.database import Snapshot
from pds.disclosure import denial_counts
from pds.oversight import decisions, screens
from pds.oversight.bundle.period import Period
from pds.oversight.decisions import Item
from pds.oversight.log_search import readable

_PAGE = 1_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReport:
    """What happened in a period.

    Attributes:
        entries: entries of the log by type.
        by_recipient: entries by type and recipient: volumes, refusals at the gate.
        denials: refusals at the gate by recipient and reason, of whole days; one with
            several reasons counts under each.
        consents: events of consents by name: given, refused, withdrawn and others.
        undecided: how many live things have no decision in force now.
        overdue: how many conditions are overdue now.
    """

    entries: dict[str, int]
    by_recipient: dict[tuple[str, str], int]
    denials: dict[tuple[str, str], int]
    consents: dict[str, int]
    undecided: int
    overdue: int


def definitions() -> tuple[Definition, ...]:
    """Return every text that the software uses and that needs a decision."""
    return (*board_vocabulary.definitions(), *screens.definitions())


def undecided(snap: Snapshot) -> list[Item]:
    """Return everything that is live without a decision in force; must be empty."""
    rule = board_rules.definition(board_rules.in_force(snap)).subject_id
    return [
        item
        for item in decisions.items(snap)
        if not item.is_in_force and _is_live(item, snap, rule)
    ]


@dataclass(frozen=True, slots=True)
class Countdown:
    """The transition of an upgrade while it runs (`consent.text_transition`).

    Attributes:
        ends_at: first moment at which what is under it stops.
        days_left: days that are left, today included.
        consents: how many consents may rest on it.
        covers_undecided: whether purposes that nobody decided on are under it.
        bridged: kind and name of every text under it.
    """

    ends_at: datetime
    days_left: int
    consents: int
    covers_undecided: bool
    bridged: frozenset[tuple[BoardSubjectKind, str]]

    def covers(self, item: Item) -> bool:
        """Say whether consents of before go on although a thing has no decision."""
        return item.text is not None and (item.kind, item.text.name) in self.bridged


def countdown(snap: Snapshot) -> Countdown | None:
    """Return how the transition of an upgrade stands; None where none runs."""
    found = text_transition.read(snap)
    if found is None or snap.now >= found.ends_at:
        return None
    return Countdown(
        found.ends_at,
        found.days_left(snap.now),
        text_transition.concerned(snap, found),
        found.covers_undecided,
        _bridged(snap, found),
    )


def _bridged(
    snap: Snapshot, transition: Transition
) -> frozenset[tuple[BoardSubjectKind, str]]:
    """Return the texts that go on because nobody ever decided on any edition."""
    items = [item for item in board_items.live(snap) if transition.bridges(item.kind)]
    return frozenset(
        (item.kind, item.name)
        for item in items
        if text_facts.governing(snap, item.kind, item.name, item.subject_id) is None
    )


def rejected(snap: Snapshot) -> list[Item]:
    """Return everything that the board refused last, offers foremost (D-09)."""
    return [
        item
        for item in decisions.items(snap)
        if item.decided.result is BoardResult.REJECTED
    ]


def unregistered(snap: Snapshot) -> list[Definition]:
    """Return texts of the software that the register does not have as live."""
    return board_items.lacking(snap, definitions())


def of_period(snap: Snapshot, period: Period) -> PeriodReport:
    """Count what happened in a period."""
    leaves = Counter(_leaves(snap, period))
    entries: Counter[str] = Counter()
    for (kind, _recipient), count in leaves.items():
        entries[kind] += count
    return PeriodReport(
        entries=dict(sorted(entries.items())),
        by_recipient=dict(sorted((k, n) for k, n in leaves.items() if k[1])),
        denials=_denials(snap, period),
        consents=_consents(snap, period),
        undecided=len(undecided(snap)),
        overdue=sum(x.is_overdue(snap.now) for x in board_conditions.unmet(snap)),
    )


def _is_live(item: Item, snap: Snapshot, rule: str) -> bool:
    if item.contract:
        return item.contract.state is ContractState.IN_FORCE
    if item.offer:
        return item.offer.state is OfferState.LIVE
    if item.mandate:
        return item.mandate.is_in_force(snap.now)
    if item.recipient:
        return item.recipient.standing is Standing.APPROVED
    if item.text:
        is_rule = item.kind is BoardSubjectKind.BOARD_RULE
        return item.subject_id == rule if is_rule else item.text.is_live
    # Data sets are made after the decision, and members vote from the day on which
    # they are seated.
    return False


def _leaves(snap: Snapshot, period: Period) -> Iterator[tuple[str, str]]:
    low, high = period.places(snap, store.size(snap.connection))
    for start in range(low, high, _PAGE):
        for each in store.leaves(snap.connection, start, min(_PAGE, high - start)):
            leaf = readable(each)
            if leaf:
                yield leaf["typ"], leaf.get("rcp", "")


def _denials(snap: Snapshot, period: Period) -> dict[tuple[str, str], int]:
    last = snap.now if period.until is None else period.until - _INSTANT
    first = 0 if period.since is None else tokyo_day(period.since)
    return denial_counts.between(snap, first, tokyo_day(last))


def _consents(snap: Snapshot, period: Period) -> dict[str, int]:
    event = consent_event.c.event
    counted: Select[Any] = select(event, func.count()).group_by(event).order_by(event)
    rows = snap.connection.execute(period.narrowed(counted, consent_event.c.at))
    return {row[0]: row[1] for row in rows}
