"""Records acts about organisations and rules: leaves `policy:event` of the bank."""

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work


def record_policy(
    work: Work,
    action: str,
    *,
    actor: str,
    recipient_id: str | None = None,
    about: str | None = None,
) -> None:
    """Record an act that concerns no person.

    Args:
        work: the unit of work.
        action: what was done, `<thing>.<past tense>`, such as `recipient.suspended`.
        actor: account id or role of whoever did it; stands in the sealed detail only.
        recipient_id: the organisation concerned.
        about: id of the contract, offer, certificate or decision concerned.
    """
    detail = {"actor": actor, "reasons": action}
    if about is not None:
        detail["object"] = about
    work.log.record(
        Entry(type=EventType.POLICY_EVENT, recipient=recipient_id, detail=detail)
    )
