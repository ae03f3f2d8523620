"""What happened to the credentials of an account, kept for its holder to see."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import insert, select

from audit.work import Work
from pds.accounts import messages
from pds.accounts.message_kinds import MessageTopic
from pds.accounts.tables import account_change
from pds.core.database import Snapshot
from pds.core.ids import AccountId, OwnerId

SHOWN: Final = 20
"""Changes that a page shows."""


class AccountChange(StrEnum):
    """What happened."""

    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    PASSKEY_SUSPECT = "passkey-suspect"
    CODES_MADE = "codes-made"
    CODE_USED = "code-used"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - names an event
    SESSIONS_CLOSED = "sessions-closed"


@dataclass(frozen=True, slots=True)
class Change:
    """One of them, and when it happened."""

    kind: AccountChange
    at: datetime


def note(work: Work, account_id: AccountId, kind: AccountChange) -> None:
    """Keep what happened now, and tell a person of it."""
    work.connection.execute(
        insert(account_change).values(
            change_id=work.ids.new(), account_id=account_id, kind=kind, at=work.now
        )
    )
    messages.tell(
        work,
        OwnerId(account_id),
        MessageTopic.CREDENTIALS_CHANGED,
        facts={"change": kind.value},
        link="/account",
    )


def newest(snap: Snapshot, account_id: AccountId) -> list[Change]:
    """Return the newest changes of an account, newest first."""
    wanted = (
        select(account_change.c.kind, account_change.c.at)
        .where(account_change.c.account_id == account_id)
        .order_by(account_change.c.at.desc(), account_change.c.change_id.desc())
        .limit(SHOWN)
    )
    rows = snap.connection.execute(wanted)
    return [Change(AccountChange(row.kind), row.at) for row in rows]
