"""What happens inside the disclosing transaction, and what its record says."""

from uuid import UUID

from audit import person, receipt
from audit.draft import Recorded
from audit.integration import Outcome
from audit.work import Work
from consent import fences, recipients
from consent.engine import Deny, Permit
from consent.oauth import replay, tokens
from consent.oauth.tokens import TokenState
from pds.core.database import Snapshot
from pds.disclosure import denials
from pds.disclosure.call import Call
from pds.disclosure.decision import Access, Decided
from pds.disclosure.errors import Changed, Replayed
from pds.disclosure.release import Undelivered


def check_again(work: Work, call: Call, decided: Decided) -> None:
    """Check inside the transaction that the decision still stands; spend the proof.

    Raises:
        Changed: something that the decision rests on is no longer what it was.
        Replayed: the proof was used before.
    """
    hold(work, decided.token)
    if not still_stands(work, decided):
        raise Changed
    spend_proof(work, call)


def hold(work: Work, token: Access) -> None:
    """Keep person and recipient as they are until this work ends."""
    person.hold(work, token.owner)
    recipients.hold(work, token.recipient_id)


def still_stands(snap: Snapshot, decided: Decided) -> bool:
    """Say whether token, grant and every fence are as decided, and nothing lapsed."""
    token = decided.token
    return (
        isinstance(token, TokenState)
        and tokens.stands(snap, token)
        and facts_stand(snap, decided)
    )


def facts_stand(snap: Snapshot, decided: Decided) -> bool:
    """Say whether every fence is as decided and nothing lapsed; but for the token."""
    owner, facts = decided.token.owner, decided.facts
    is_same = fences.fences(snap, owner, facts) == facts.fences
    return is_same and snap.now < decided.holds_until


def spend_proof(work: Work, call: Call) -> None:
    """Spend the proof of a call.

    Raises:
        Replayed: it was spent before.
    """
    if not replay.spend(work, call.proof):
        raise Replayed("oauth.replayed-proof", "The proof was used before.")


def particulars(call: Call, decided: Decided) -> dict[str, str]:
    """Return the detail fields that every call has."""
    about = {"object": call.about} if call.about else {}
    return {
        **about,
        "actor": decided.token.client_id,
        "addr": call.address,
        "jkt": call.thumbprint.hex(),
        "pairwise_sub": decided.subject,
        "request_id": str(call.request_id),
    }


def record_refusal(work: Work, call: Call, decided: Decided, denial: Deny) -> None:
    """Record a denial; its proof is spent too.

    Raises:
        Replayed: the proof was used before.
    """
    person.hold(work, decided.token.owner)
    spend_proof(work, call)
    denials.record(work, refusal(call, decided, denial))


def undelivered(decided: Decided, permit: Permit, leaf_id: UUID) -> Undelivered:
    """Return what is owed to the log if a recorded disclosure does not go."""
    token = decided.token
    return Undelivered(leaf_id, token.owner, token.recipient_id, permit.purpose)


def receipt_of(outcome: Outcome[object], recorded: Recorded) -> str:
    """Return the value of the header `Infobank-Receipt` for a recorded disclosure.

    Raises:
        ValueError: the act left no leaf.
    """
    if outcome.integration is None:
        raise ValueError("An act without a leaf has no receipt.")
    proof = outcome.integration.proof(recorded)
    text = receipt.build(recorded, outcome.integration.checkpoint, proof)
    return receipt.header(text)


def refusal(call: Call, decided: Decided, denial: Deny) -> denials.Refusal:
    """Return what is recorded of a denial."""
    consent = decided.facts.consent
    return denials.Refusal(
        owner=decided.token.owner,
        grant_id=decided.token.grant_id,
        recipient_id=decided.token.recipient_id,
        purpose=consent.terms.purpose if consent else "",
        consent=(decided.token.consent_id, consent.version if consent else 0),
        reasons=tuple(denial.reasons),
        detail=particulars(call, decided),
    )
