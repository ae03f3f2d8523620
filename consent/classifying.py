"""Puts recipients into classes, by which persons instruct (D-03)."""

import re

from audit.work import Work
from consent import class_history, recipients
from consent.class_history import ClassStep
from consent.counterpart import Counterpart
from consent.policy import record_policy
from pds.core.database import Snapshot
from pds.core.errors import Conflict, Invalid
from pds.core.ids import RecipientId
from pds.core.vocabulary import recipient_classes

_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,300}\Z")


def classify(
    work: Work,
    recipient_id: RecipientId,
    recipient_class: str,
    reason: str,
    *,
    actor: str,
) -> None:
    """Put a recipient into another class.

    Nothing is given to it from then on before the board has decided on it anew, and
    what persons said of the class before goes on holding it back.

    Raises:
        NotFound: `recipient.unknown`.
        Invalid: `vocabulary.unknown-recipient-class`, or `recipient.class_reason`.
        Conflict: `recipient.class-unchanged`.
    """
    recipient_classes.get(recipient_class)
    found = recipients.get(work, recipient_id)
    if found.recipient_class == recipient_class:
        raise Conflict("recipient.class-unchanged", "It is of this class already.")
    if _LINE.match(reason) is None or not reason.strip():
        raise Invalid("recipient.class_reason", "One line of text is needed.")
    step = ClassStep(found.class_no + 1, recipient_class, reason, actor, work.now)
    recipients.set_class(work, recipient_id, recipient_class, step.no)
    class_history.add(work, recipient_id, step)
    record_policy(
        work,
        "recipient.classified",
        actor=actor,
        recipient_id=recipient_id,
        about=f"{found.recipient_class} {recipient_class}",
    )


def counterpart(snap: Snapshot, recipient_id: RecipientId) -> Counterpart:
    """Return a recipient as instructions see it, with the classes of before.

    Raises:
        NotFound: `recipient.unknown`.
    """
    found = recipients.get(snap, recipient_id)
    past = class_history.past(snap, recipient_id, found.class_no)
    return Counterpart(recipient_id, found.recipient_class, past)
