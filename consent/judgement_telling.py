"""Tells persons what the bank judged in their place, and what it asks them."""

from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from audit.work import Work
from consent.judgement_record import JudgementRecord
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.ids import OwnerId


def announced(
    work: Work, owner: OwnerId, record: JudgementRecord, due_at: datetime
) -> None:
    """Tell that data will be given unless the person objects (D-11)."""
    messages.tell(
        work,
        owner,
        MessageTopic.JUDGEMENT_ANNOUNCED,
        facts={
            "recipient": record.proposal.recipient_id,
            "until": due_at.isoformat(),
        },
        link=f"/judgements/{record.judgement_id}",
    )


def asks(work: Work, owner: OwnerId, record: JudgementRecord) -> None:
    """Tell of an offer that waits for the person's own answer; once for a version."""
    proposed = record.proposal
    messages.tell(
        work,
        owner,
        MessageTopic.REQUEST_WAITING,
        facts={"recipient": proposed.recipient_id},
        link=f"/offers/{proposed.offer_id}",
        once=f"{proposed.offer_id}:{proposed.offer_version}",
    )


def settled(work: Work, owner: OwnerId, judgement_id: UUID, state: str) -> None:
    """Tell what became of an announcement, unless the person did it."""
    topic = _SETTLED.get(state)
    if topic is not None:
        messages.tell(work, owner, topic, link=f"/judgements/{judgement_id}")


_SETTLED: Final = MappingProxyType(
    {
        "given": MessageTopic.JUDGEMENT_GIVEN,
        "lapsed": MessageTopic.JUDGEMENT_LAPSED,
    }
)
"""By the words of `JudgementState`."""
