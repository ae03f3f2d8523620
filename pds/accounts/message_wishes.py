"""How persons want to hear of each kind of message, and when mail about one is due.

What the law asks to be told goes by mail at once, whatever was wished (APPI 26, 27:
incidents; D-11: decisions taken for somebody; 33 to 35: answers to requests).
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select

from audit.work import Work
from pds.accounts.meeting import insertion
from pds.accounts.message_kinds import LEGAL, USUAL, MessageKind, MessageWay
from pds.accounts.message_tables import mail_address, message_wish
from pds.core.clock import TOKYO
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import OwnerId

HOUR: Final = 8
"""Hour of the day in Japan at which collected mail goes."""
_c = message_wish.c


def of_owner(snap: Snapshot, owner: OwnerId) -> dict[MessageKind, MessageWay]:
    """Return the way of every kind for a person."""
    rows = snap.connection.execute(
        select(_c.kind, _c.way).where(_c.owner_id == owner)
    ).all()
    wished = {MessageKind(row.kind): MessageWay(row.way) for row in rows}
    return {**USUAL, **wished}


def wish(work: Work, owner: OwnerId, kind: MessageKind, way: MessageWay) -> None:
    """Keep how a person wants to hear of a kind from now on.

    Raises:
        Invalid: `messages.legal`; this kind is always told at once.
    """
    if kind in LEGAL:
        raise Invalid("messages.legal", "This kind is always told.")
    work.connection.execute(
        insertion(work.connection, message_wish)
        .values(owner_id=owner, kind=kind.value, way=way.value)
        .on_conflict_do_update(
            index_elements=[_c.owner_id, _c.kind], set_={"way": way.value}
        )
    )


def mail_at(snap: Snapshot, owner: OwnerId, kind: MessageKind) -> datetime | None:
    """Return when mail about a message of now is due; None if none is to go."""
    proved = exists().where(
        mail_address.c.owner_id == owner, mail_address.c.state == "proved"
    )
    wished = select(_c.way).where(_c.owner_id == owner, _c.kind == kind.value)
    row = snap.connection.execute(select(proved, wished.scalar_subquery())).one()
    if not row[0]:
        return None
    way = USUAL[kind] if row[1] is None or kind in LEGAL else MessageWay(row[1])
    return due(way, snap.now)


def due(way: MessageWay, now: datetime) -> datetime | None:
    """Return when mail by a way goes: now, tomorrow, on Monday, or never; pure."""
    if way is MessageWay.PORTAL:
        return None
    if way is MessageWay.MAIL:
        return now
    local = now.astimezone(TOKYO)
    day = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if day <= local:
        day += timedelta(days=1)
    if way is MessageWay.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return day


def forget(work: Work, owner: OwnerId) -> None:
    """Delete what a person wished, for erasure."""
    work.connection.execute(delete(message_wish).where(_c.owner_id == owner))
