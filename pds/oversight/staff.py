"""Admitting staff, holders of a board account, and people of recipients.

Each is in the log.

There is no page for it: whoever may give somebody power over everybody's data does so
on the machine itself. An account of the board gives no vote (`consent.board_members`).
"""

from typing import Final

from sqlalchemy import func, select

from audit.work import Work
from consent import recipients
from consent.policy import record_policy
from pds.accounts import service
from pds.accounts.roles import Role, State
from pds.accounts.service import SignUp
from pds.accounts.tables import account
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import AccountId

ROLES: Final = (Role.OPERATOR, Role.BOARD, Role.RECIPIENT)


def admit(work: Work, pepper: bytes, wish: SignUp, *, actor: str) -> AccountId:
    """Make an account of the staff, of the board, or of a recipient's people.

    Raises:
        Invalid: `accounts.role`, or what `service.sign_up` finds wrong.
        Conflict: `accounts.login-taken`.
        NotFound: `recipient.unknown`.
    """
    if wish.role not in ROLES:
        raise Invalid("accounts.role", "Persons and auditors are admitted elsewhere.")
    if wish.recipient_id is not None:
        recipients.get(work, wish.recipient_id)
    account_id = service.sign_up(work, pepper, wish)
    record_policy(
        work,
        "staff.admitted",
        actor=actor,
        recipient_id=wish.recipient_id,
        about=str(account_id),
    )
    return account_id


def count_operators(snap: Snapshot) -> int:
    """Return how many accounts of the operator's staff may be used.

    The table is looked through, so this is for one page of the staff.
    """
    counted = select(func.count()).where(
        account.c.role == Role.OPERATOR, account.c.state == State.ACTIVE
    )
    return snap.connection.execute(counted).scalar_one()
