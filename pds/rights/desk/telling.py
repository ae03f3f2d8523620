"""Tells persons of steps that others take with their requests (A-11, A-12)."""

from types import MappingProxyType
from typing import Final
from uuid import UUID

from audit.work import Work
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.ids import OwnerId
from pds.rights.desk.kinds import RequestStep

PERSON: Final = "person"
"""Actor of the person's own steps, of which nobody has to be told."""
_TOLD: Final = MappingProxyType(
    {
        RequestStep.ANSWERED: MessageTopic.RIGHT_ANSWERED,
        RequestStep.ADMITTED: MessageTopic.RIGHT_MOVED,
        RequestStep.FORWARDED: MessageTopic.RIGHT_MOVED,
        RequestStep.SOURCE_ANSWERED: MessageTopic.RIGHT_MOVED,
        RequestStep.CARRIED_OUT: MessageTopic.RIGHT_MOVED,
    }
)


def of_step(
    work: Work, owner: OwnerId, request_id: UUID, step: RequestStep, actor: str
) -> None:
    """Tell of a step, if it is one to be told of."""
    topic = _TOLD.get(step)
    if topic is not None and actor != PERSON:
        facts = {"step": step.value}
        messages.tell(work, owner, topic, facts=facts, link=f"/rights/{request_id}")
