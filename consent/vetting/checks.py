"""What was found when the criteria were held against a recipient (R-10).

Each check says met, not met, or not applicable with the reason, names the paper that
shows it, and counts until a day. `clear` writes down for the gate the first moment at
which a mandatory one no longer holds, or the yearly attestation is overdue for longer
than its grace.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, insert, select

from audit.work import Work
from consent import recipients
from consent.criteria import attestation, recipient_criteria
from consent.policy import record_policy
from consent.vetting import papers as kept_papers
from consent.vetting.tables import recipient_check
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import RecipientId

LONGEST: Final = 1_000
"""Characters of a reason."""


class CheckResult(StrEnum):
    """What was found."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One answer to one criterion.

    Attributes:
        criterion: id of the criterion.
        result: what was found.
        valid_until: first moment at which it no longer counts.
        reason: why; needed unless it is met.
        paper_id: the paper that shows it, kept before.
    """

    criterion: str
    result: CheckResult
    valid_until: datetime
    reason: str = ""
    paper_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """A check as recorded."""

    check: Check
    rule_version: int
    checked_by: str
    checked_at: datetime

    def holds(self, now: datetime) -> bool:
        """Say whether it lets the recipient pass at a moment."""
        is_passed = self.check.result is not CheckResult.NOT_MET
        return is_passed and now < self.check.valid_until


def record(
    work: Work, recipient_id: RecipientId, found: Sequence[Check], *, actor: str
) -> None:
    """Record what was found about one or more criteria; it counts from now on.

    Raises:
        NotFound: `recipient.unknown`, or `papers.unknown`.
        Invalid: `criterion.<member>` breaks a rule of the criterion, `papers.number`.
    """
    recipients.get(work, recipient_id)
    no = len(history(work, recipient_id))
    for each in found:
        _check(work, recipient_id, each)
        no += 1
        row = {
            "recipient_id": recipient_id,
            "no": no,
            "criterion": each.criterion,
            "result": each.result.value,
            "reason": each.reason,
            "rule_version": recipient_criteria.CURRENT.version,
            "paper_id": each.paper_id,
            "valid_until": each.valid_until,
            "checked_by": actor,
            "checked_at": work.now,
        }
        work.connection.execute(insert(recipient_check).values(row))
    clear(work, recipient_id)
    record_policy(
        work,
        "criterion.checked",
        actor=actor,
        recipient_id=recipient_id,
        about=" ".join(f"{each.criterion}:{each.result.value}" for each in found),
    )


def latest(snap: Snapshot, recipient_id: RecipientId) -> Mapping[str, CheckRecord]:
    """Return the check that counts of each criterion that was ever looked at."""
    return {each.check.criterion: each for each in history(snap, recipient_id)}


def history(snap: Snapshot, recipient_id: RecipientId) -> list[CheckRecord]:
    """Return every check of a recipient, oldest first."""
    query = (
        select(recipient_check)
        .where(recipient_check.c.recipient_id == recipient_id)
        .order_by(recipient_check.c.no)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def lacking(
    snap: Snapshot, recipient_id: RecipientId, now: datetime
) -> tuple[str, ...]:
    """Return the mandatory criteria that are not met and in force at a moment."""
    found = latest(snap, recipient_id)
    return tuple(
        name
        for name in recipient_criteria.CURRENT.mandatory
        if name not in found or not found[name].holds(now)
    )


def clear(work: Work, recipient_id: RecipientId) -> None:
    """Compute until when the recipient is clear of doubt, and bump its fence.

    A recipient from before these criteria has a term in which all of them have to be
    looked at. Until then a criterion that nobody has looked at takes nothing away;
    one that is not met takes everything. An attestation that is overdue beyond its
    grace does too (R-06).
    """
    found = latest(work, recipient_id)
    seen = [
        found[name] for name in recipient_criteria.CURRENT.mandatory if name in found
    ]
    known = recipients.get(work, recipient_id)
    term = known.cleared_until
    is_whole = len(seen) == len(recipient_criteria.CURRENT.mandatory)
    until = _first_end(seen, work.now, None if is_whole else term, is_whole=is_whole)
    if until is not None and known.attest_by is not None:
        until = min(until, known.attest_by + attestation.CURRENT.grace)
    recipients.set_cleared(work, recipient_id, until)


def _first_end(
    seen: Iterable[CheckRecord],
    now: datetime,
    term: datetime | None,
    *,
    is_whole: bool,
) -> datetime | None:
    records = list(seen)
    if not all(each.holds(now) for each in records) or (not is_whole and term is None):
        return None
    ends = [each.check.valid_until for each in records]
    return min(ends if term is None else [*ends, term])


def _check(work: Work, recipient_id: RecipientId, check: Check) -> None:
    criterion = recipient_criteria.get(check.criterion)
    is_met = check.result is CheckResult.MET
    if not is_met and not check.reason.strip():
        raise Invalid("criterion.reason", "The reason is missing.")
    if len(check.reason) > LONGEST:
        raise Invalid("criterion.reason", f"At most {LONGEST} characters.")
    kept_papers.refuse_numbers(check.reason)
    if check.result is CheckResult.NOT_APPLICABLE and not criterion.may_not_apply:
        raise Invalid("criterion.result", "This criterion applies to everybody.")
    if is_met and criterion.needs_evidence and check.paper_id is None:
        raise Invalid("criterion.paper", "The paper that shows it is missing.")
    if not work.now < check.valid_until <= work.now + criterion.valid:
        raise Invalid("criterion.valid_until", "The end is past or too far away.")
    if check.paper_id is not None:
        kept_papers.get(work, recipient_id, check.paper_id)


def _read(row: Row[Any]) -> CheckRecord:
    check = Check(
        criterion=row.criterion,
        result=CheckResult(row.result),
        valid_until=row.valid_until,
        reason=row.reason,
        paper_id=row.paper_id,
    )
    return CheckRecord(
        check=check,
        rule_version=row.rule_version,
        checked_by=row.checked_by,
        checked_at=row.checked_at,
    )
