"""Whether the visitor sits on the board now; an account alone gives no vote."""

from consent import board_members
from consent.board_member import Member
from pds.core.database import Snapshot
from pds.core.ids import AccountId
from pds.web.sessions import visitor


def account_id() -> AccountId:
    """Return the account of the visitor."""
    return visitor().account_id


def office(snap: Snapshot) -> Member | None:
    """Return the visitor's seat on the board, or None."""
    for each in board_members.of_account(snap, account_id()):
        if each.sits(snap.now):
            return each
    return None
