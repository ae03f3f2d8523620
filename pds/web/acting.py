"""Acting for another person: who is represented, and what of that is recorded (V-04).

Which link an agent acts by stands in the signed form cookie; it decides nothing. Every
request reads the link anew and lets nothing through that does not stand; each act of
an agent reads it once more in its own unit of work (`unit_of_work`). Only a guard that
allows agents puts the represented person in the place of the visitor, so a page
that says nothing of agents belongs to the visitor alone. When somebody begins or stops
to act, forms opened before no longer count: none is sent for the wrong person.
"""

from collections.abc import Callable
from typing import TypeVar, cast
from uuid import UUID

from flask import g, request, session

from audit.work import Work
from pds.accounts import service as accounts
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentLink, AgentScope
from pds.accounts.agents.standing import require_standing
from pds.core.errors import Forbidden, NotFound
from pds.core.ids import AccountId
from pds.rights import agents
from pds.web import sessions
from pds.web.context import bank

T = TypeVar("T")

_KEY = "acting"


def begin(link_id: UUID) -> AgentLink:
    """Let the visitor act by a link from now on.

    Raises:
        NotFound: `agents.unknown`; the link does not stand, or is somebody else's.
    """
    found = _stands(link_id)
    if found is None:
        raise NotFound("agents.unknown", "The link does not stand.")
    session[_KEY] = f"{sessions.visitor().account_id} {link_id}"
    session.pop("csrf_token", None)
    return found


def stop() -> None:
    """Let the visitor act for nobody but themselves."""
    session.pop(_KEY, None)
    session.pop("csrf_token", None)


def wished() -> bool:
    """Say whether the visitor set out to act for somebody."""
    visitor = sessions.current()
    if visitor is None or visitor.role != "person":
        return False
    return str(session.get(_KEY, "")).startswith(f"{visitor.account_id} ")


def link() -> AgentLink | None:
    """Return the link that the visitor acts by, if it stands; read once a request."""
    if "acting" not in g:
        g.acting = _stands(_read()) if wished() else None
    return cast("AgentLink | None", g.acting)


def name() -> str:
    """Return the name of the person acted for; empty without one."""
    found = link()
    if found is None:
        return ""
    with bank().read() as snap:
        return accounts.profile(snap, bank().keys, AccountId(found.owner)).name


def represent(*scopes: AgentScope) -> None:
    """Put the represented person in the visitor's place, and record the look.

    Does nothing for a visitor who acts for nobody. The entry is committed before
    anything of the person is read for the page.

    Raises:
        Forbidden: `agents.ended`, or `agents.scope-missing`.
        Unavailable: the entry cannot be written now, so nothing is shown.
    """
    if not wished():
        return
    found = link()
    if found is None:
        raise Forbidden("agents.ended", "The link does not stand.")
    place = request.blueprint or "home"
    g.represented, g.represented_within = found, scopes
    unit_of_work(lambda work: agents.look(work, found, place))


def unit_of_work(act: Callable[[Work], T], *needed: AgentScope) -> T:
    """Run an act for whose page it is; an agent's link has to stand in it as well.

    Args:
        act: the act.
        needed: scopes that the act needs, all of them, besides one of the page's.

    Raises:
        Forbidden: `agents.ended`, or `agents.scope-missing`.
        Unavailable: the store cannot commit now; nothing was written.
    """
    found = sessions.agent()
    if found is None:
        return bank().unit_of_work(act)
    groups = (g.represented_within, *((each,) for each in needed))

    def by_agent(work: Work) -> T:
        for scopes in groups:
            require_standing(work, found, scopes)
        return act(work)

    return bank().unit_of_work(by_agent)


def _read() -> UUID:
    # What stands there was signed by this bank.
    return UUID(session[_KEY].partition(" ")[2])


def _stands(link_id: UUID) -> AgentLink | None:
    with bank().read() as snap:
        return links.acting(snap, sessions.visitor().account_id, link_id)
