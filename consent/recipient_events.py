"""What recipients are told of: changes of consents, of their standing, of duties.

An event is put into the outbox in the unit of work of what happened, once for each
software of the recipient that has registered an address; where none has, once for the
recipient, and it waits until one does or it is given up. `docs/formats/events.md` says
how it looks on the wire. It names the person by the recipient's own pairwise name, and
tells nothing that the recipient could not have asked for.

Told is only what ends or changes a consent that was given. That one was given is not:
who has agreed is asked for at the gate, where each answer is a recorded disclosure.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from audit.work import Work
from consent import outbox, pairwise
from consent.ledger import CurrentConsent
from consent.oauth.clients import ClientState
from consent.oauth.tables import client
from consent.outbox import OutboxKind, Outgoing
from consent.receipt_record import rfc3339
from consent.states import ConsentEvent, ConsentState
from consent.terms import Afterwards, DataProvision
from pds.core.ids import BANK, OwnerId, RecipientId

VERSION: Final = 1
"""Version of an event; a receiver refuses what it does not know."""
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class RecipientEvent(StrEnum):
    """What a recipient is told of."""

    CONSENT_NARROWED = "consent.narrowed"
    CONSENT_AMENDED = "consent.amended"
    CONSENT_RENEWED = "consent.renewed"
    CONSENT_PAUSED = "consent.paused"
    CONSENT_RESUMED = "consent.resumed"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_REVOKED = "consent.revoked"
    CONSENT_EXPIRED = "consent.expired"
    CONSENT_INVALIDATED = "consent.invalidated"
    RECIPIENT_APPROVED = "recipient.approved"
    RECIPIENT_SUSPENDED = "recipient.suspended"
    RECIPIENT_ENDED = "recipient.ended"
    DUTY_DUE = "duty.due"
    DUTY_OVERDUE = "duty.overdue"
    SHARE_ENDED = "share.ended"
    TEST = "test"


_HELD: Final = (ConsentState.GIVEN, ConsentState.PAUSED)
_ENDS: Final = (
    ConsentState.WITHDRAWN,
    ConsentState.REVOKED,
    ConsentState.EXPIRED,
    ConsentState.INVALIDATED,
)


def of_consent(
    work: Work,
    before: ConsentState | None,
    after: CurrentConsent,
    event: ConsentEvent,
    provision: DataProvision,
) -> list[UUID]:
    """Put down what a step of a consent is to its recipient; nothing for requests."""
    if before not in _HELD:
        return []
    members: dict[str, Any] = {
        "consent_id": str(after.consent_id),
        "consent_version": after.version,
        "sub": pairwise.for_recipient(work, after.owner, after.recipient_id),
    }
    if after.state in _ENDS:
        members["after_withdrawal"] = _duty(provision)
    return tell(
        work,
        after.recipient_id,
        RecipientEvent(f"consent.{event.value}"),
        members,
        owner=after.owner,
        generation=after.generation,
    )


def tell(
    work: Work,
    recipient_id: RecipientId,
    event: RecipientEvent,
    members: Mapping[str, Any] = _NOTHING,
    *,
    owner: OwnerId = BANK,
    generation: int | None = None,
) -> list[UUID]:
    """Put an event down for a recipient, in this unit of work.

    Args:
        work: the unit of work of what happened.
        recipient_id: the organisation that is told.
        event: what happened.
        members: further members of the event: strings, integers, objects of these.
        owner: the person it is about; the bank where it is about nobody.
        generation: key generation of the consent it is about, under which it is sealed.

    Returns:
        The ids under which it goes: one for each software that is told.
    """
    content = {
        **members,
        "at": rfc3339(work.now),
        "event": event.value,
        "v": VERSION,
    }
    return [
        outbox.put(
            work,
            Outgoing(
                kind=OutboxKind.CALLBACK,
                topic=event.value,
                content=content,
                recipient_id=recipient_id,
                client_id=each,
                owner=owner,
                generation=generation,
            ),
        )
        for each in _targets(work, recipient_id)
    ]


def _targets(work: Work, recipient_id: RecipientId) -> list[str | None]:
    query = (
        select(client.c.client_id)
        .where(
            client.c.recipient_id == recipient_id,
            client.c.state == ClientState.ACTIVE,
            client.c.callback_url.is_not(None),
        )
        .order_by(client.c.client_id)
    )
    return list(work.connection.execute(query).scalars()) or [None]


def _duty(provision: DataProvision) -> dict[str, Any]:
    after = provision.after_withdrawal
    said: dict[str, Any] = {"action": after.action.value}
    if after.action is Afterwards.DELETE:
        said["within_days"] = after.within_days
    return said
