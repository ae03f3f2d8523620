"""How long an account may be used: auditors' accounts end by themselves.

An auditor is admitted for an engagement (section 17 of the guidelines: read-only and
time-limited). An auditor's account without an end is not usable at all.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select, update

from audit.work import Work
from pds.accounts.roles import Role, State
from pds.accounts.tables import account
from pds.core.database import Snapshot
from pds.core.errors import Invalid, NotFound
from pds.core.ids import AccountId
from pds.core.rules import rule_values

USUAL: Final = timedelta(days=90)
"""How long an auditor is admitted where nothing else is said."""
LONGEST: Final = rule_values.days("access.longest")
"""The longest time that one act of the operator gives."""


def end(role: Role, wished: datetime | None, now: datetime) -> datetime | None:
    """Return when an account of a role ends that is made now; None is never.

    Raises:
        Invalid: `accounts.access-until`; the end is past or too far away, or the
            role is not the auditor's.
    """
    if role is not Role.AUDITOR:
        if wished is not None:
            raise Invalid("accounts.access-until", "Only auditors' accounts end.")
        return None
    until = now + USUAL if wished is None else wished
    if not now < until <= now + LONGEST:
        raise Invalid("accounts.access-until", "The end is past or over a year away.")
    return until


def is_usable(now: datetime) -> ColumnElement[bool]:
    """Return the condition that an account is active and its time is not over."""
    has_time = or_(account.c.role != Role.AUDITOR, account.c.access_until > now)
    return and_(account.c.state == State.ACTIVE, has_time)


def set_end(work: Work, account_id: AccountId, until: datetime) -> None:
    """Give an auditor another end; every request from then on is judged by it.

    Raises:
        NotFound: `accounts.unknown`; there is no such account of an auditor.
        Invalid: `accounts.access-until`; more than a year away.
    """
    if until > work.now + LONGEST:
        raise Invalid("accounts.access-until", "The end is over a year away.")
    done = work.connection.execute(
        update(account)
        .where(account.c.account_id == account_id, account.c.role == Role.AUDITOR)
        .values(access_until=until)
    )
    if not done.rowcount:
        raise NotFound("accounts.unknown", "There is no such auditor.")


def until(snap: Snapshot, account_id: AccountId) -> datetime | None:
    """Return when an account ends; None if it does not, or if there is none."""
    wanted = select(account.c.access_until).where(account.c.account_id == account_id)
    found: datetime | None = snap.connection.execute(wanted).scalar()
    return found
