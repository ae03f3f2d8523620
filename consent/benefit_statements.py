"""A recipient's signed word that it delivered a benefit (docs/formats/promises.md).

A compact JWS by a key of an active client, over canonical JSON with exactly `v`,
`recipient_id`, `benefit_id`, `consent_id` and `at`. It is bound to one benefit and one
promise of it: a word from before the promise, ahead of the clock, or for a benefit that
is not owed any more is refused, and so is one about a benefit of somebody else.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from audit.canonical import canonical
from audit.work import Work
from consent import benefits, duty_record, signed_claims
from consent.benefit_record import PromisedBenefit
from consent.oauth import statements
from pds.core.clock import from_millis, to_millis
from pds.core.errors import Invalid
from pds.core.ids import RecipientId

TYP: Final = "benefit-delivery+jwt"


def payload(found: PromisedBenefit, at: datetime) -> bytes:
    """Return the canonical bytes that a recipient signs for a delivery."""
    return canonical(
        {
            "at": to_millis(at),
            "benefit_id": str(found.benefit_id),
            "consent_id": str(found.consent_id),
            "recipient_id": found.recipient_id,
            "v": duty_record.VERSION,
        }
    )


def accept(work: Work, text: str) -> None:
    """Take a recipient's word of a delivery.

    Raises:
        NotFound: `benefit.unknown`; the recipient owes no such benefit.
        Conflict: `benefit.not-owed`.
        Invalid: `statement.unsound`; no key of the recipient signed it, or it says
            something else. `benefit.stale`; the moment is none of this promise.
    """
    claimed = signed_claims.read(text, "benefit_id")
    recipient_id = RecipientId(claimed["recipient_id"])
    found = benefits.get(work, UUID(claimed["benefit_id"]), recipient_id)
    said, signer = statements.open_statement(work, recipient_id, text, TYP)
    at = from_millis(claimed["at"])
    if said != payload(found, at):
        raise signed_claims.unsound()
    # A delivery that the person denied has to be told of anew.
    since = found.delivered_at or found.promised_at
    if not since <= at <= work.now + signed_claims.SKEW:
        raise Invalid("benefit.stale", "The moment is none of this promise.")
    benefits.deliver(
        work,
        found,
        actor=f"recipient:{signer}",
        form="statement",
        statement=text.strip(),
    )
