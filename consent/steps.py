"""One step of a consent: fence, leaf and sealed event, in the caller's unit of work."""

from dataclasses import dataclass, replace
from uuid import UUID

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import benefits, cohort, duties, ledger, telling
from consent.content import Act, Agreement, EventContent, Evidence
from consent.ledger import CurrentConsent
from consent.states import CARRIES_TERMS, ConsentEvent, following
from consent.terms import DataProvision
from pds.core.vocabulary import Sensitivity, categories


@dataclass(frozen=True, slots=True)
class Step:
    """What an act left behind.

    Attributes:
        consent: where the consent stands now.
        leaf_id: the log entry that records the act.
    """

    consent: CurrentConsent
    leaf_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Whose act it is, and what it says."""

    act: Act
    actor: str
    client_id: str | None = None
    provision: DataProvision | None = None
    agreement: Agreement | None = None
    evidence: Evidence | None = None
    reason: str | None = None


def take(
    work: Work,
    current: CurrentConsent,
    event: ConsentEvent,
    by: By,
    provision: DataProvision,
) -> Step:
    """Take one step: fence, leaf, sealed event."""
    version = current.version + 1
    state = following(current.state if current.version else None, event)
    after = replace(
        current,
        version=version,
        terms_version=version if event in CARRIES_TERMS else current.terms_version,
        state=state,
        changed_at=work.now,
    )
    person.bump_fence(work, current.owner)
    leaf_id = _record(work, after, event, by.actor, provision)
    content = EventContent(
        consent_id=current.consent_id,
        version=version,
        event=event,
        at=work.now,
        act=by.act,
        actor=by.actor,
        leaf_id=leaf_id,
        recipient_id=current.recipient_id,
        client_id=by.client_id,
        provision=by.provision,
        agreement=by.agreement,
        evidence=by.evidence,
        reason=by.reason,
    )
    ledger.append(work, after, content)
    cohort.follow(work, after, event, provision)
    before = current.state if current.version else None
    telling.of_step(work, before, after, event, by.act, provision)
    duties.follow(work, after, provision)
    benefits.follow(work, after, event, provision)
    return Step(after, leaf_id)


def whose(evidence: Evidence) -> Act:
    """Return whose act a yes is that the evidence tells of."""
    if evidence.entrusted is not None:
        return Act.MANDATE
    return Act.PERSON if evidence.agent_until is None else Act.AGENT


def sensitivity(provision: DataProvision) -> Sensitivity:
    """Return the highest class of care among what the terms cover."""
    found = categories.expand(provision.categories)
    return max((c.sensitivity for c in found), key=lambda each: each.level)


def _record(
    work: Work,
    after: CurrentConsent,
    event: ConsentEvent,
    actor: str,
    provision: DataProvision,
) -> UUID:
    entry = Entry(
        type=EventType.CONSENT_EVENT,
        subject=after.owner,
        recipient=after.recipient_id,
        purpose=provision.purpose,
        categories=provision.categories,
        form=provision.form.value,
        consent=(after.consent_id, after.version),
        detail={"actor": actor, "reasons": event.value},
    )
    return work.log.record(entry).id
