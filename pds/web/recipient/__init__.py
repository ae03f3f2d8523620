"""The console of recipients, at `/recipient`: what is theirs and nobody else's.

Every view asks `here` for the one recipient of the account that is logged in, and reads
by it alone; no address names a recipient. Persons appear by the recipient's own
pairwise name and never otherwise (R-11).
"""

from flask import Blueprint

from pds.accounts import service as accounts
from pds.core.database import Snapshot
from pds.core.errors import Forbidden
from pds.core.ids import RecipientId
from pds.web import sessions
from pds.web.context import bank

blueprint = Blueprint("recipient", __name__, url_prefix="/recipient")


def mine() -> RecipientId:
    """Return the same for an act: a unit of work runs where no request is known."""
    with bank().read() as snap:
        return here(snap)


def here(snap: Snapshot) -> RecipientId:
    """Return the recipient whose people are logged in; it never changes.

    Raises:
        Forbidden: `web.other-role`; the account belongs to no recipient.
    """
    found = accounts.get(snap, sessions.visitor().account_id).recipient_id
    if found is None:
        raise Forbidden("web.other-role")
    return found


# The views register themselves on the blueprint above, so they come after it.
from pds.web.recipient import (  # noqa: E402 - see above
    console,
    deliveries,
    promises,
)

__all__ = ["blueprint", "console", "deliveries", "here", "mine", "promises"]
