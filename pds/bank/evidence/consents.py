"""Evidence about consents, notices, mandates and instructions (C, D, K, N)."""

import hashlib
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, func, select

from consent import mandate_terms
from consent.content import Act
from consent.instruction_tables import instruction_event, instruction_set
from consent.judgement_tables import judgement
from consent.judgements import JudgementState
from consent.mandate_record import MandateState
from consent.mandate_tables import mandate_current
from consent.states import ConsentEvent, ConsentState, fold
from consent.tables import (
    consent_current,
    consent_event,
    consent_notice,
    consent_use,
)
from pds.core.clock import tokyo_day
from pds.core.database import Snapshot
from pds.core.errors import Conflict
from pds.core.vocabulary import categories, purposes, recipient_classes
from pds.oversight.criteria.finding import (
    Evidence,
    count,
    found,
    met_if,
    red_if,
)

_SAMPLE: Final = 200
"""Consents or notices that one look opens and compares."""
_LATE: Final = timedelta(days=1)
"""A consent that ended is marked within a day; the gate denies at once."""
_OPEN: Final = ("requested", "deferred", "given", "paused")


def notices(snap: Snapshot) -> Evidence:
    """Hash kept notices again and compare with the hash they are filed under (K-04)."""
    kept = consent_notice.c
    query = select(kept.hash, kept.body).order_by(kept.made_at.desc()).limit(_SAMPLE)
    rows = snap.connection.execute(query).all()
    wrong = sum(
        hashlib.sha256(bytes(row.body)).digest() != bytes(row.hash) for row in rows
    )
    return found(
        red_if(wrong > 0, otherwise=met_if(bool(rows))),
        notices_compared=len(rows),
        notices_that_differ=wrong,
    )


def withdrawals(snap: Snapshot) -> Evidence:
    """Look for fetches under a consent after the day of its withdrawal (C-04)."""
    event, use = consent_event.c, consent_use.c
    ended = (ConsentEvent.WITHDRAWN.value, ConsentEvent.REVOKED.value)
    rows = snap.connection.execute(
        select(event.owner_id, event.consent_id, event.at)
        .where(event.event.in_(ended))
        .limit(_SAMPLE)
    ).all()
    later = 0
    for owner, consent_id, at in rows:
        fetched = select(func.sum(use.n)).where(
            use.owner_id == owner,
            use.consent_id == consent_id,
            use.day > tokyo_day(at),
        )
        later += snap.connection.execute(fetched).scalar() or 0
    return found(
        red_if(later > 0), withdrawals_looked_at=len(rows), releases_afterwards=later
    )


def replayed(snap: Snapshot) -> Evidence:
    """Fold the events of consents anew and compare with the state kept (K-03)."""
    now = consent_current.c
    query = select(now.owner_id, now.consent_id, now.state).limit(_SAMPLE)
    rows = snap.connection.execute(query).all()
    wrong = sum(
        _folded(snap, row.owner_id, row.consent_id) != row.state for row in rows
    )
    return found(
        red_if(wrong > 0, otherwise=met_if(bool(rows))),
        consents_replayed=len(rows),
        consents_that_differ=wrong,
    )


def given(snap: Snapshot) -> Evidence:
    """Look at whose acts gave consents: never time's or a recipient's (N-10)."""
    event = consent_event.c
    base = select(event.act).where(event.event == ConsentEvent.GIVEN.value)
    silent = (Act.TIME.value, Act.RECIPIENT.value)
    wrong = count(snap, base.where(event.act.in_(silent)))
    total = count(snap, base)
    refused = count(
        snap, select(event.act).where(event.event == ConsentEvent.REFUSED.value)
    )
    return found(
        red_if(wrong > 0, otherwise=met_if(total > 0)),
        consents_given=total,
        consents_refused=refused,
        consents_given_by_silence=wrong,
    )


def lapsed(snap: Snapshot) -> Evidence:
    """Look for consents that are past their end and not marked so (N-13)."""
    late = _open().where(consent_current.c.expires_at < snap.now - _LATE)
    soon = _open().where(
        consent_current.c.expires_at >= snap.now,
        consent_current.c.expires_at < snap.now + timedelta(days=30),
    )
    lingering = count(snap, late)
    return found(
        red_if(lingering > 0),
        consents_open=count(snap, _open()),
        consents_ending_soon=count(snap, soon),
        consents_past_their_end=lingering,
    )


def mandate(snap: Snapshot) -> Evidence:
    """Say which terms of the mandate are in force, and who accepted (C-11)."""
    terms = mandate_terms.in_force(snap)
    row = mandate_current.c
    accepted = select(row.owner_id).where(row.state == MandateState.ACCEPTED.value)
    older = accepted.where(row.terms_version < (terms.version if terms else 0))
    approved = terms is not None and mandate_terms.is_approved(snap, terms.version)
    return found(
        met_if(approved),
        mandate_terms_version=terms.version if terms else None,
        mandates_accepted=count(snap, accepted),
        mandates_under_older_terms=count(snap, older),
    )


def instructions(snap: Snapshot) -> Evidence:
    """Count persons with instructions, and changes of them (D-02, D-03)."""
    event = instruction_event.c
    persons = count(snap, select(instruction_set.c.owner_id))
    return found(
        met_if(persons > 0),
        persons_with_instructions=persons,
        changes_of_instructions=count(snap, select(event.no)),
        axes_recipient_classes=len(recipient_classes.ALL),
        axes_purposes=len(purposes.ALL),
        axes_categories=len(categories.ALL),
    )


def significant(snap: Snapshot) -> Evidence:
    """Count purposes with significant effect, each of which needs a yes (X-12)."""
    heavy = [each for each in purposes.ALL.values() if each.has_significant_effect]
    own = consent_event.c
    auto = count(
        snap,
        select(own.act).where(
            own.event == ConsentEvent.GIVEN.value, own.act == Act.TIME.value
        ),
    )
    return found(
        red_if(auto > 0),
        purposes_with_significant_effect=len(heavy),
        consents_given_by_silence=auto,
    )


def _open() -> Select[Any]:
    row = consent_current.c
    return select(row.consent_id).where(row.state.in_(_OPEN))


def _folded(snap: Snapshot, owner: Any, consent_id: Any) -> ConsentState | None:
    event = consent_event.c
    query = (
        select(event.event)
        .where(event.owner_id == owner, event.consent_id == consent_id)
        .order_by(event.version)
    )
    try:
        return fold(map(ConsentEvent, snap.connection.execute(query).scalars()))
    except (Conflict, ValueError):
        return None


def judged(snap: Snapshot) -> Evidence:
    """Count judgements, and look for one that gave without time to object (D-11)."""
    row = judgement.c
    total = count(snap, select(row.judgement_id))
    gave = select(row.judgement_id).where(row.state == JudgementState.GIVEN.value)
    hasty = gave.where(row.due_at.is_(None), row.follows.is_(None))
    wrong = count(snap, hasty)
    return found(
        red_if(wrong > 0, otherwise=met_if(total > 0)),
        judgements=total,
        judgements_that_gave=count(snap, gave),
        judgements_without_time_to_object=wrong,
    )
