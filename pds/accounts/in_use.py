"""Whether an account is in use at the moment of an act, not at that of its request."""

from sqlalchemy import select

from audit import person
from audit.work import Work
from pds.accounts.roles import State
from pds.accounts.tables import account
from pds.core.errors import Forbidden
from pds.core.ids import OwnerId


def require_in_use(work: Work, owner: OwnerId, *, may_be_frozen: bool = False) -> None:
    """Refuse an act for a person whose account was erased, closed or frozen meanwhile.

    Whoever got in before may still be on the way here. A subject without an account,
    which only programs make, is let through.

    Raises:
        Forbidden: `accounts.closed`.
    """
    person.hold(work, owner)
    wanted = select(account.c.state).where(account.c.account_id == owner)
    state = work.connection.execute(wanted).scalar()
    allowed = {None, State.ACTIVE, *((State.FROZEN,) if may_be_frozen else ())}
    if state not in allowed:
        raise Forbidden("accounts.closed", "The account is not in use any more.")
