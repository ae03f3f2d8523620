"""Telling many persons of one act: put down with the act, done page by page after it.

An act such as a suspension concerns everybody who agreed with a recipient. To write a
message for each of them in its own unit of work would hold the recipient for as long
as that takes; so a round is put down, and a chore goes from person to person, each page
of them a unit of work that also says how far it came. Who is killed in between goes on
from there, and nobody is told twice of one round (`once`).

Who is told is read at that time: whoever agrees after a suspension is told of it, which
does no harm, and whoever has withdrawn meanwhile is not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from audit.work import Work
from consent.mandate_tables import mandate_current
from consent.states import ConsentState
from consent.tables import consent_current
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.accounts.message_tables import message_round
from pds.core.database import Snapshot
from pds.core.ids import OwnerId

_c = message_round.c
_HELD: Final = (ConsentState.GIVEN.value, ConsentState.PAUSED.value)


class Concerned(StrEnum):
    """Whom an act concerns."""

    RECIPIENT = "recipient"
    MANDATE = "mandate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round that is under way.

    Attributes:
        whom: what its persons have in common.
        whose: with whom they have it; empty for mandates.
        place: the last person who was told; None before the first.
    """

    round_id: UUID
    topic: MessageTopic
    whom: Concerned
    whose: str
    facts: Mapping[str, str]
    link: str
    place: OwnerId | None
    made_at: datetime


def tell_all(
    work: Work,
    topic: MessageTopic,
    whom: Concerned,
    whose: str = "",
    *,
    facts: Mapping[str, str],
    link: str = "",
) -> UUID:
    """Have everybody told whom an act concerns; they are told soon after it."""
    round_id = work.ids.new()
    work.connection.execute(
        insert(message_round).values(
            round_id=round_id,
            topic=topic.value,
            whom=whom.value,
            whose=whose,
            facts=json.dumps({"facts": dict(facts), "link": link}),
            made_at=work.now,
        )
    )
    return round_id


def of_terms(work: Work, begins: datetime) -> UUID:
    """Have everybody with a mandate told of new terms and their first day (C-11)."""
    facts = {"from": begins.isoformat()}
    topic = MessageTopic.MANDATE_TERMS
    return tell_all(work, topic, Concerned.MANDATE, facts=facts, link="/mandate")


def under_way(snap: Snapshot, *, limit: int) -> list[Round]:
    """Return rounds that are not done, oldest first."""
    query = (
        select(message_round)
        .where(_c.done_at.is_(None))
        .order_by(_c.round_id)
        .limit(limit)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def go_on(work: Work, round_id: UUID, *, limit: int) -> bool:
    """Tell the next persons of a round; say whether there may be more.

    Two workers that tell the same persons at once tell them once.
    """
    query = select(message_round).where(_c.round_id == round_id, _c.done_at.is_(None))
    row = work.connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        return False
    found = _read(row)
    owners = list(work.connection.execute(_next(found, limit)).scalars())
    for owner in owners:
        messages.tell(
            work,
            OwnerId(owner),
            found.topic,
            facts=found.facts,
            link=found.link,
            once=str(found.round_id),
        )
    is_done = len(owners) < limit
    changed = {"done_at": work.now} if is_done else {"place": owners[-1]}
    work.connection.execute(
        update(message_round).where(_c.round_id == found.round_id).values(changed)
    )
    return not is_done


def _next(found: Round, limit: int) -> Select[Any]:
    if found.whom is Concerned.RECIPIENT:
        c = consent_current.c
        owner = c.owner_id
        which = [c.recipient_id == found.whose, c.state.in_(_HELD)]
    else:
        owner = mandate_current.c.owner_id
        which = [mandate_current.c.state == "accepted"]
    if found.place is not None:
        which.append(owner > found.place)
    return select(owner).where(*which).distinct().order_by(owner).limit(limit)


def _read(row: Row[Any]) -> Round:
    said = json.loads(row.facts)
    return Round(
        round_id=row.round_id,
        topic=MessageTopic(row.topic),
        whom=Concerned(row.whom),
        whose=row.whose,
        facts=said["facts"],
        link=said["link"],
        place=None if row.place is None else OwnerId(row.place),
        made_at=row.made_at,
    )
