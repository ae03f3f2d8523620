"""Makes the statistics of a month: every member, each by the own consent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from consent import audience, cohort, facts_store
from consent.cohort import Member
from consent.engine import Deny, decide
from consent.facts import DisclosureRequest, GrantFacts
from consent.offers import Offer
from consent.periods import last_of
from pds.core.database import Snapshot
from pds.core.errors import BankError
from pds.core.vocabulary import DetailLevel
from pds.disclosure.cohorts.statistics import Cell, Key, add_person, statistics
from pds.disclosure.decision import Basis
from pds.disclosure.selecting import Selector

_MEMBERS: Final = 100
_ROWS: Final = 1000
_MOMENT: Final = timedelta(hours=1)


def make(
    read: Callable[[], AbstractContextManager[Snapshot]],
    selector: Selector,
    basis: Basis,
    offer: Offer,
    first: date,
) -> bytes:
    """Return the statistics of a month that is over.

    Whoever's consent lets nothing go now, or whose data does not open, is left out.

    Args:
        read: opens a snapshot; one for some members at a time.
        selector: the same that reads what is released.
        basis: what decisions rest on.
        offer: whose cohort.
        first: first day of the month.
    """
    cells: dict[Key, Cell] = {}
    after = None
    while True:
        with read() as snap:
            members = cohort.walk(
                snap, offer.offer_id, after=after, left_since=None, limit=_MEMBERS
            )
            for member in members:
                _add(cells, snap, selector, basis, offer, member, first)
        if len(members) < _MEMBERS:
            return statistics(cells, first, str(offer.offer_id), _least(snap))
        after = members[-1].place


def _least(snap: Snapshot) -> int:
    """Return below how many persons nothing is said today."""
    return audience.threshold(snap.now)


def _add(
    cells: dict[Key, Cell],
    snap: Snapshot,
    selector: Selector,
    basis: Basis,
    offer: Offer,
    member: Member,
    first: date,
) -> None:
    assert member.owner is not None  # noqa: S101 - nobody who left is walked
    try:
        rows = _rows(snap, selector, basis, offer, member, first)
    except BankError:
        return
    add_person(cells, rows)


def _rows(
    snap: Snapshot,
    selector: Selector,
    basis: Basis,
    offer: Offer,
    member: Member,
    first: date,
) -> list[bytes]:
    owner = member.owner
    if owner is None:
        return []
    grant = _grant(snap, offer, member)
    facts = facts_store.load(
        snap,
        basis.keys,
        owner,
        member.consent_id,
        grant=grant,
        profile=basis.profile,
    )
    request = DisclosureRequest(recipient_id=offer.recipient_id, continues=True)
    permit = decide(request, facts, snap.now)
    if isinstance(permit, Deny) or permit.selection.question is not None:
        return []
    last = last_of(first, DetailLevel.MONTH)
    wide = permit.selection
    month = replace(
        wide,
        detail=DetailLevel.MONTH,
        first_day=max(first, wide.first_day),
        last_day=last if wide.last_day is None else min(last, wide.last_day),
    )
    found = selector.read(snap, owner, offer.recipient_id, month, None, _ROWS)
    return found.objects(b"\n").splitlines()


def _grant(snap: Snapshot, offer: Offer, member: Member) -> GrantFacts:
    """Return what a token would say that the bank, making sums, does not hold."""
    return GrantFacts(
        grant_id=str(offer.offer_id),
        consent_id=member.consent_id,
        recipient_id=offer.recipient_id,
        is_active=True,
        client_is_active=True,
        token_is_active=True,
        token_expires_at=snap.now + _MOMENT,
    )
