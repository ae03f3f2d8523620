"""How far the persons of a list were reached, read when it is asked for (A-18).

Only counts are returned. Mail is put down for a person and not for each message; what
went to somebody after telling began is taken to be about it, since mail that the law
asks for goes at once.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from consent.outbox import OutboxKind, OutboxState
from consent.outbox_tables import outbox
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.keys.keyring import Keyring
from pds.oversight.incidents import persons
from pds.oversight.incidents.persons import PersonList

_c = outbox.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Counts of persons of a list.

    Attributes:
        told: who have it in their portal; in an exercise, who could have had it.
        read: who read it there.
        mailed: to whom mail went.
        mail_waits: to whom mail is on its way.
        mail_dead: to whom mail could not be sent.
        not_reached: who were told, have not read it, and got no mail.
        gone: who have no account any more.
    """

    told: int
    read: int = 0
    mailed: int = 0
    mail_waits: int = 0
    mail_dead: int = 0
    not_reached: int = 0
    gone: int = 0


def count(snap: Snapshot, keys: Keyring, found: PersonList) -> Delivery:
    """Count how far a list was reached by now, page by page."""
    if found.is_exercise:
        return Delivery(told=found.told, gone=found.gone)
    counts: Counter[str] = Counter()
    for no in range(1, found.place + 1):
        _count(snap, persons.page(snap, keys, found.list_id, no), found, counts)
    return Delivery(told=found.told, gone=found.gone, **counts)


def _count(
    snap: Snapshot, owners: list[OwnerId], found: PersonList, counts: Counter[str]
) -> None:
    told = messages.told(snap, owners, MessageTopic.INCIDENT_TOLD, str(found.list_id))
    mail = _mail(snap, owners, found)
    for each in told:
        state = mail.get(each.owner)
        is_read, is_sent = each.read_at is not None, state is OutboxState.SENT
        counts["read"] += is_read
        counts["mailed"] += is_sent
        counts["mail_waits"] += each.mail_waits or state is OutboxState.WAITING
        counts["mail_dead"] += state is OutboxState.DEAD
        counts["not_reached"] += not is_read and not is_sent


def _mail(
    snap: Snapshot, owners: list[OwnerId], found: PersonList
) -> dict[OwnerId, OutboxState]:
    query = (
        select(_c.owner_id, _c.state)
        .where(
            _c.owner_id.in_(owners),
            _c.kind == OutboxKind.MAIL.value,
            _c.put_at >= found.told_from,
        )
        .order_by(_c.outbox_id.desc())
    )
    rows = snap.connection.execute(query)
    return {OwnerId(row.owner_id): OutboxState(row.state) for row in rows}
