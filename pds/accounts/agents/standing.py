"""Whether an agent may act at the moment of an act, not at that of its request."""

from collections.abc import Collection

from sqlalchemy import select

from audit import person
from audit.work import Work
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentLink, AgentScope
from pds.accounts.roles import State
from pds.accounts.tables import account
from pds.core.errors import Forbidden


def require_standing(
    work: Work, link: AgentLink, scopes: Collection[AgentScope]
) -> None:
    """Refuse an act by a link that ended, expired or lost its scope meanwhile.

    The person is held first, as whoever ends a link does, so that one of the two sees
    what the other did.

    Args:
        work: the unit of work of the act.
        link: by which the agent acts, as it was when the request came.
        scopes: of which the link needs one.

    Raises:
        Forbidden: `agents.ended`, or `agents.scope-missing`.
    """
    person.hold(work, link.owner)
    if link.agent is None or not _is_in_use(work, link):
        raise _ended()
    found = links.acting(work, link.agent, link.link_id)
    if found is None:
        raise _ended()
    if not any(found.may(each) for each in scopes):
        raise Forbidden("agents.scope-missing", "The link does not allow this.")


def _is_in_use(work: Work, link: AgentLink) -> bool:
    wanted = select(account.c.state).where(account.c.account_id == link.agent)
    return work.connection.execute(wanted).scalar() == State.ACTIVE


def _ended() -> Forbidden:
    return Forbidden("agents.ended", "The link does not stand.")
