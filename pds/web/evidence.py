"""How it is known that a person, or the person's agent, acts: for a consent event."""

from datetime import date, datetime

from consent.confirmations import Confirmation
from consent.content import Evidence
from pds.accounts import service as accounts
from pds.accounts.agents.links import AgentLink
from pds.core.clock import start_of
from pds.core.errors import Forbidden
from pds.web import sessions
from pds.web.context import bank
from pds.web.languages import language


def of_visitor(confirmed: tuple[Confirmation, ...] = ()) -> Evidence:
    """Return the login, the language, the age and the agent behind this request.

    Args:
        confirmed: what the form says was confirmed apart.

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
        agent_until=None if agent is None else _agent_until(agent, adult_from),
        confirmed=confirmed,
    )


def _agent_until(agent: AgentLink, adult_from: date) -> datetime:
    """Return until when what the agent answers holds.

    What a guardian of a minor answers ends when the minor decides alone, which may be
    before full age; then the young person is asked anew (V-02).
    """
    if not agent.kind.is_for_minors:
        return agent.until
    return min(agent.until, start_of(adult_from))
