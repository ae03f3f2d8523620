"""How it is known that a person, or the person's agent, acts: for a consent event."""

from consent.content import Evidence
from pds.accounts import service as accounts
from pds.core.errors import Forbidden
from pds.web import sessions
from pds.web.context import bank
from pds.web.languages import language


def of_visitor() -> Evidence:
    """Return the login, the language, the age and the agent behind this request.

    Raises:
        Forbidden: `person.age-unknown`.
    """
    session, owner, agent = (
        sessions.visitor().session,
        sessions.owner(),
        sessions.agent(),
    )
    with bank().read() as snap:
        adult_from = accounts.adult_from(snap, bank().keys, owner)
    if adult_from is None:
        raise Forbidden("person.age-unknown", "The person's age is not known.")
    return Evidence(
        auth_time=session.auth_time,
        acr=session.acr,
        amr=session.amr,
        language=language(),
        adult_from=adult_from,
        agent_until=None if agent is None else agent.until,
    )
