"""A recipient that shows who it is by an assertion in the body of a request."""

from collections.abc import Sequence

from authlib.oauth2.rfc6749 import InvalidClientError

from audit.work import Work
from consent.oauth import replay
from consent.oauth.replay import Mark
from pds.web.oauth import client_assertion
from pds.web.oauth.backchannel import BankRequest
from pds.web.oauth.client import BankClient
from pds.web.oauth.current import server


def authenticated(asked: BankRequest, endpoint: str) -> BankClient:
    """Return the client that an assertion is of; it has yet to be spent.

    Raises:
        InvalidClientError: it is missing or wrong.
    """
    return server().authenticate_client(asked, [client_assertion.METHOD], endpoint)


def spend(work: Work, marks: Sequence[Mark]) -> None:
    """Spend an assertion in the unit of work of the act that it is for.

    Raises:
        InvalidClientError: it was used before, so the act is not done.
    """
    if replay.spend_all(work, marks) is not None:
        raise InvalidClientError("The assertion was used before.")
