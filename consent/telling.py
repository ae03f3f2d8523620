"""Who has to be told of a step of a consent: the recipient, and the person of others'.

Called by `consent.steps` in the unit of work of the step, so that no step is forgotten
whoever orders it.
"""

from types import MappingProxyType
from typing import Final

from audit.work import Work
from consent import outbox, recipient_events
from consent.content import Act
from consent.ledger import CurrentConsent
from consent.states import FINAL, ConsentEvent, ConsentState
from consent.terms import DataProvision
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic

_HELD: Final = (ConsentState.GIVEN, ConsentState.PAUSED)
_BY_OTHERS: Final = MappingProxyType(
    {
        ConsentEvent.EXPIRED: MessageTopic.CONSENT_EXPIRED,
        ConsentEvent.REVOKED: MessageTopic.CONSENT_REVOKED,
        ConsentEvent.INVALIDATED: MessageTopic.CONSENT_INVALIDATED,
        ConsentEvent.PAUSED: MessageTopic.CONSENT_PAUSED,
        ConsentEvent.RESUMED: MessageTopic.CONSENT_RESUMED,
    }
)


def of_step(
    work: Work,
    before: ConsentState | None,
    after: CurrentConsent,
    event: ConsentEvent,
    act: Act,
    provision: DataProvision,
) -> None:
    """Tell of a step that was just taken."""
    if before in _HELD and after.state in FINAL:
        # The end is all that there is to say of it now.
        outbox.cancel(work, after.owner, after.generation)
    recipient_events.of_consent(work, before, after, event, provision)
    topic = _topic(before, event, act)
    if topic is not None:
        messages.tell(
            work,
            after.owner,
            topic,
            facts={"recipient": after.recipient_id, "event": event.value},
            link=f"/consents/{after.consent_id}",
        )


def _topic(
    before: ConsentState | None, event: ConsentEvent, act: Act
) -> MessageTopic | None:
    if act is Act.AGENT:
        return MessageTopic.AGENT_ACTED
    if act in (Act.OPERATOR, Act.TIME) and before in _HELD:
        return _BY_OTHERS.get(event)
    return None
