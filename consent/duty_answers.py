"""How recipients answer for a duty: by a signed statement, or in the console (R-09).

A statement is a compact JWS by a key of an active client, over canonical JSON with
exactly these members (docs/formats/promises.md): `v`, `recipient_id`, `duty_id`,
`consent_id`, `at`, and for uses `uses`. It names one duty, so it serves for no other;
`at` lies between the end of the consent and now, so an old one is of no use; and the
duty is open or overdue, so none counts twice.

What an attacker would send: a statement about somebody else's duty (not found, as if
there were none), of another consent, of another kind, from before the consent ended, by
the key of another recipient, twice. All are refused and nothing is changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from audit.canonical import canonical
from audit.work import Work
from consent import duties, duty_record, recipients, signed_claims
from consent.duty_record import LABEL, Duty, DutyKind, DutyState
from consent.oauth import statements
from consent.promise_tables import duty
from consent.vetting import papers
from pds.accounts.message_kinds import MessageTopic
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RecipientId

TYPES: Final[Mapping[DutyKind, str]] = {
    DutyKind.DELETE: "deletion-attestation+jwt",
    DutyKind.REPORT: "usage-report+jwt",
}
"""What the header of a statement says, by what it answers."""
MOST_USES: Final = 10
LONGEST_USE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer for a duty.

    Attributes:
        at: when it was deleted, or reported.
        form: `statement` by a key, or `console` by a person of the recipient.
        signer: thumbprint of the key, or id of the account.
        statement: the compact JWS; empty for the console.
        uses: what the data was used for; for reports, and needed there.
    """

    at: datetime
    form: str
    signer: str
    statement: str = ""
    uses: tuple[str, ...] = ()


def payload(found: Duty, at: datetime, uses: Sequence[str] = ()) -> bytes:
    """Return the canonical bytes that a recipient signs for a duty."""
    said: dict[str, Any] = {
        "at": to_millis(at),
        "consent_id": str(found.consent_id),
        "duty_id": str(found.duty_id),
        "recipient_id": found.recipient_id,
        "v": duty_record.VERSION,
    }
    if found.kind is DutyKind.REPORT:
        said["uses"] = list(uses)
    return canonical(said)


def accept_statement(work: Work, text: str) -> Duty:
    """Take a signed answer of the recipient that it names.

    Raises:
        NotFound: `duty.unknown`; the recipient has no such duty.
        Conflict: `duty.done`.
        Invalid: `statement.unsound`; no key of that recipient signed it, or it says
            something else than is owed. `duty.stale`, `duty.uses`; see `answer`.
    """
    claimed = signed_claims.read(text, "duty_id")
    recipient_id = RecipientId(claimed["recipient_id"])
    found = duties.get(work, UUID(claimed["duty_id"]), recipient_id)
    said, signer = statements.open_statement(
        work, recipient_id, text, TYPES[found.kind]
    )
    at, uses = from_millis(claimed["at"]), tuple(claimed.get("uses", ()))
    if said != payload(found, at, uses):
        raise signed_claims.unsound()
    made = Answer(
        at=at, form="statement", signer=signer, statement=text.strip(), uses=uses
    )
    answer(work, found, made, actor=f"recipient:{signer}")
    return found


def answer(work: Work, found: Duty, made: Answer, *, actor: str) -> None:
    """Take an answer for a duty, and let provision go on if it was the last overdue.

    Raises:
        Conflict: `duty.done`; it was answered before.
        Invalid: `duty.stale`; the moment lies before the end of the consent, or ahead.
            `duty.uses`; a report says no use, or too many, or one too long, and a
            deletion says one. `papers.number`; a use holds a number that is refused.
    """
    if not found.opened_at <= made.at <= work.now + signed_claims.SKEW:
        raise Invalid("duty.stale", "The moment is none of this duty.")
    _check_uses(found, made.uses)
    was_overdue = found.state is DutyState.OVERDUE
    _keep(work, found, made)
    if was_overdue:
        recipients.touch(work, found.recipient_id)
    duties.tell_person(work, found, MessageTopic.DUTY_DONE)
    duties.record(work, found, "duty.done", actor=actor)


def _check_uses(found: Duty, uses: Sequence[str]) -> None:
    is_report = found.kind is DutyKind.REPORT
    if is_report is not bool(uses) or len(uses) > MOST_USES:
        raise Invalid("duty.uses", "A report says what for, and only a report does.")
    for each in uses:
        if not each.strip() or len(each) > LONGEST_USE or not each.isprintable():
            raise Invalid("duty.uses", "A use is one line of text.")
        papers.refuse_numbers(each)


def _keep(work: Work, found: Duty, made: Answer) -> None:
    said = duty_record.opened(work, work.keys, found)
    version = found.version + 1
    said["answer"] = {
        "at": to_millis(made.at),
        "form": made.form,
        "signer": made.signer,
        "statement": made.statement,
        "uses": list(made.uses),
    }
    envelope = duty_record.sealed(
        work, found.owner, found.generation, (found.duty_id, version, LABEL), said
    )
    changed = work.connection.execute(
        update(duty)
        .where(
            duty.c.owner_id == found.owner,
            duty.c.duty_id == found.duty_id,
            duty.c.version == found.version,
            duty.c.state != DutyState.DONE.value,
        )
        .values(
            state=DutyState.DONE.value,
            done_at=work.now,
            version=version,
            envelope=envelope,
        )
    )
    if not changed.rowcount:
        raise Conflict("duty.done", "The duty was answered before.")
