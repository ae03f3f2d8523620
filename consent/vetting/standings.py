"""Changes of a recipient's standing: which may follow which, by whom and why (R-08).

One act changes everything at once, because every gate reads the standing and the fence
that it bumps. Approving is ordered through `consent.onboarding`, which looks first.
"""

from typing import Final

from audit.work import Work
from consent import recipient_events, recipients, rounds
from consent.facts import Standing
from consent.policy import record_policy
from consent.recipient_events import RecipientEvent
from consent.rounds import Concerned
from consent.vetting import papers as kept_papers
from consent.vetting import steps
from consent.vetting.steps import Step, SuspensionReason
from pds.accounts.message_kinds import MessageTopic
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RecipientId

LONGEST_NOTE: Final = 1_000
"""Characters of what staff write down beside a change."""

_NEXT: Final = {
    Standing.APPLIED: frozenset({Standing.APPROVED, Standing.ENDED}),
    Standing.APPROVED: frozenset({Standing.SUSPENDED, Standing.ENDED}),
    Standing.SUSPENDED: frozenset({Standing.APPROVED, Standing.ENDED}),
    Standing.ENDED: frozenset[Standing](),
}


def require(snap: Snapshot, recipient_id: RecipientId, to: Standing) -> None:
    """Check that a standing may follow the one that a recipient has.

    Raises:
        NotFound: `recipient.unknown`.
        Conflict: `recipient.not-possible-now`.
    """
    before = recipients.get(snap, recipient_id).standing
    if to not in _NEXT[before]:
        raise Conflict(
            "recipient.not-possible-now", f"{to.value} cannot follow {before.value}."
        )


def approve(work: Work, recipient_id: RecipientId, *, actor: str) -> None:
    """Write down an approval that `consent.onboarding` found nothing against."""
    _move(
        work, recipient_id, Step(standing=Standing.APPROVED, actor=actor, at=work.now)
    )


def suspend(
    work: Work,
    recipient_id: RecipientId,
    reason: SuspensionReason,
    *,
    actor: str,
    note: str = "",
) -> None:
    """Stop everything of a recipient at once; the persons concerned see why (R-08)."""
    step = Step(
        standing=Standing.SUSPENDED,
        actor=actor,
        at=work.now,
        reason=reason,
        note=note,
    )
    _move(work, recipient_id, step)


def end(work: Work, recipient_id: RecipientId, *, actor: str, note: str = "") -> None:
    """End the relation for good."""
    step = Step(standing=Standing.ENDED, actor=actor, at=work.now, note=note)
    _move(work, recipient_id, step)


def _move(work: Work, recipient_id: RecipientId, step: Step) -> None:
    before = recipients.get(work, recipient_id).standing
    require(work, recipient_id, step.standing)
    if len(step.note) > LONGEST_NOTE:
        raise Invalid("recipient.note", f"At most {LONGEST_NOTE} characters.")
    kept_papers.refuse_numbers(step.note)
    recipients.set_standing(work, recipient_id, step.standing)
    steps.add(work, recipient_id, step)
    record_policy(
        work,
        f"recipient.{step.standing.value}",
        actor=step.actor,
        recipient_id=recipient_id,
        about=step.reason.value if step.reason else None,
    )
    if before is not Standing.APPLIED:
        _tell(work, recipient_id, step)


def _tell(work: Work, recipient_id: RecipientId, step: Step) -> None:
    """Tell the recipient, and everybody who has agreed with it."""
    reason = {"reason": step.reason.value} if step.reason else {}
    event = RecipientEvent(f"recipient.{step.standing.value}")
    recipient_events.tell(work, recipient_id, event, reason)
    rounds.tell_all(
        work,
        MessageTopic(event.value),
        Concerned.RECIPIENT,
        recipient_id,
        facts={**reason, "recipient": recipient_id},
    )
