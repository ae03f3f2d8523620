"""Freezing of accounts: the holder cannot get in, and nothing is lost."""

from sqlalchemy import update

from audit.work import Work
from pds.accounts import sessions
from pds.accounts.roles import State
from pds.accounts.tables import account
from pds.core.errors import Conflict
from pds.core.ids import AccountId


def freeze(work: Work, account_id: AccountId) -> None:
    """Let nobody in until the account is thawed; every session of it ends.

    Raises:
        Conflict: `accounts.not-in-use`; it is not active.
    """
    _move(work, account_id, State.ACTIVE, State.FROZEN)
    sessions.close_all(work, account_id)


def thaw(work: Work, account_id: AccountId) -> None:
    """Let the holder in again.

    Raises:
        Conflict: `accounts.not-in-use`; it is not frozen.
    """
    _move(work, account_id, State.FROZEN, State.ACTIVE)


def _move(work: Work, account_id: AccountId, old: State, new: State) -> None:
    done = work.connection.execute(
        update(account)
        .where(account.c.account_id == account_id, account.c.state == old)
        .values(state=new)
    )
    if not done.rowcount:
        raise Conflict("accounts.not-in-use", "The account is in another state.")
