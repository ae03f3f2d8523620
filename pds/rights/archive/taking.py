"""The log's entries of archives: that one is taken, and what became of it (C-08)."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.core.ids import OwnerId

OBJECT: Final = "archive"
"""What the log's entry says was taken."""


def take(work: Work, owner: OwnerId, records: int, actor: str, *, to: str = "") -> UUID:
    """Record that an archive is taken, before its first byte goes out.

    Returns:
        The entry's id, for `arrived`.

    Args:
        work: the unit of work.
        owner: whose it is.
        records: how many records it holds.
        actor: who takes it.
        to: address of the bank that it goes to; empty if the person keeps it.
    """
    entry = Entry(
        type=EventType.PERSON_EXPORTED,
        subject=owner,
        count=records,
        form="copy",
        detail={
            "actor": actor,
            "object": f"{OBJECT} {to}".rstrip(),
            "reasons": "moved" if to else "exported",
        },
    )
    return work.log.record(entry).id


class TransferEnding(StrEnum):
    """What became of an archive that was sent to another bank."""

    COMPLETED = "moved.completed"
    """The other bank has stored it."""
    REFUSED = "moved.refused"
    """It has refused, and kept nothing."""
    UNKNOWN = "moved.unknown"
    """No answer came, or one of failure; it may have been stored."""


def arrived(
    work: Work,
    owner: OwnerId,
    intent: UUID,
    ending: TransferEnding,
    *,
    to: str,
    records: int,
) -> None:
    """Record what became of an archive that was sent.

    Args:
        work: the unit of work.
        owner: whose it is.
        intent: the entry of before, see `take`.
        ending: what became of it.
        to: address of the other bank.
        records: how many it has now.
    """
    entry = Entry(
        type=EventType.PERSON_EXPORTED,
        subject=owner,
        count=records,
        form="copy",
        ref=intent,
        detail={"actor": "bank", "object": f"{OBJECT} {to}", "reasons": ending},
    )
    work.log.record(entry)
