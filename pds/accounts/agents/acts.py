"""Acts on an agent's link; each is one unit of work and one entry of the person's log.

The entry is a `policy:event` of the person: `object` is the link, `reasons` what was
done, `actor` who did it; all of it in the sealed detail.
"""

import hmac
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, update

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts import codes, service
from pds.accounts.agents import links
from pds.accounts.agents.links import (
    INVITATION,
    AgentEnding,
    AgentKind,
    AgentLink,
    AgentScope,
    AgentState,
)
from pds.accounts.agents.tables import agent_link
from pds.accounts.roles import Role, State
from pds.core.clock import TOKYO
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.core.rules import rule_values

PEPPER: Final = "agent-codes"
"""Name of the secret that keys the hashes of invitation codes."""
LONGEST: Final = rule_values.days("agent.longest")
"""Longest time of a voluntary agent; then the person invites again."""
MOST_LINKS: Final = 10
"""Agents that a person may have at once, waiting ones too."""


def invite(
    work: Work,
    pepper: bytes,
    owner: OwnerId,
    code: str,
    *,
    scopes: Collection[AgentScope],
    until: datetime,
) -> UUID:
    """Invite an agent, who comes with the code; return the id of the link.

    Raises:
        Invalid: `agents.scope` (nothing is chosen), or `agents.until` (past, or over
            a year away).
        Forbidden: `agents.under-age`; the person is too young to choose an agent.
        Conflict: `agents.too-many`.
    """
    if not scopes:
        raise Invalid("agents.scope", "An agent may do something.")
    if not work.now < until <= work.now + LONGEST:
        raise Invalid("agents.until", "The end is past or over a year away.")
    person.hold(work, owner)
    if not is_adult(work, owner):
        raise Forbidden("agents.under-age", "Only an adult chooses an agent.")
    check_room(work, owner)
    values = {
        "kind": AgentKind.VOLUNTARY,
        "state": AgentState.INVITED,
        "scopes": " ".join(each for each in AgentScope if each in scopes),
        "until": until,
        "code_hash": _hash(pepper, code),
    }
    return make(work, owner, values, "agent.invited", "person")


def accept(work: Work, pepper: bytes, agent: AccountId, code: str) -> AgentLink:
    """Accept an invitation with an account of one's own; of several exactly one does.

    Raises:
        NotFound: `agents.code`; no invitation waits under this code, or it is one's
            own.
        Forbidden: `agents.under-age`; a minor cannot be an agent here.
    """
    if not is_adult(work, OwnerId(agent)):
        raise Forbidden("agents.under-age", "Only an adult can be an agent.")
    waits = and_(
        agent_link.c.code_hash == _hash(pepper, code),
        agent_link.c.state == AgentState.INVITED,
        agent_link.c.made_at > work.now - INVITATION,
        agent_link.c.until > work.now,
        agent_link.c.owner_id != agent,
    )
    changes = {"state": AgentState.ACCEPTED, "agent_id": agent, "code_hash": None}
    row = _change(work, waits, changes)
    if row is None:
        raise NotFound("agents.code", "No invitation waits under this code.")
    found = links.get(work, OwnerId(row.owner_id), row.link_id)
    record(work, found, "agent.accepted", f"agent:{found.link_id}")
    return found


def confirm(work: Work, owner: OwnerId, link_id: UUID) -> None:
    """Let the agent whose name the person has seen act from now on.

    Raises:
        Conflict: `agents.not-possible-now`; nobody accepted, or it ended.
    """
    waits = and_(
        _is(owner, link_id),
        agent_link.c.state == AgentState.ACCEPTED,
        agent_link.c.agent_id.is_not(None),
        agent_link.c.made_at > work.now - INVITATION,
        agent_link.c.until > work.now,
    )
    changes = {"state": AgentState.ACTIVE, "active_at": work.now}
    if _change(work, waits, changes) is None:
        raise _too_late()
    record(work, links.get(work, owner, link_id), "agent.confirmed", "person")


def end(
    work: Work, owner: OwnerId, link_id: UUID, ending: AgentEnding, *, actor: str
) -> None:
    """End a link from whatever state; the agent can do nothing from now on.

    Use `pds.rights.agents.end`, which ends what the agent had given as well.

    Raises:
        Conflict: `agents.not-possible-now`; it has ended already, or never was.
    """
    person.hold(work, owner)
    stands = and_(_is(owner, link_id), agent_link.c.state != AgentState.ENDED)
    changes = {
        "state": AgentState.ENDED,
        "ended_at": work.now,
        "ending": ending,
        "code_hash": None,
    }
    if _change(work, stands, changes) is None:
        raise _too_late()
    record(work, links.get(work, owner, link_id), f"agent.ended-{ending}", actor)


def forget(work: Work, owner: OwnerId) -> None:
    """Delete a person's agents, and the person's name from links as agent.

    The links of others end by themselves within a minute; nothing can be done by them
    from this moment.
    """
    as_agent = agent_link.c.agent_id == owner
    work.connection.execute(delete(agent_link).where(agent_link.c.owner_id == owner))
    work.connection.execute(update(agent_link).where(as_agent).values(agent_id=None))


def check_room(work: Work, owner: OwnerId) -> None:
    """Check that one more agent is not too many.

    Raises:
        Conflict: `agents.too-many`.
    """
    open_links = [
        each
        for each in links.of_owner(work, owner)
        if each.state is not AgentState.ENDED
    ]
    if len(open_links) >= MOST_LINKS:
        raise Conflict("agents.too-many", "The person has too many agents.")


def is_adult(work: Work, owner: OwnerId) -> bool:
    """Say whether an account in use is that of an adult person."""
    try:
        found = service.get(work, AccountId(owner))
    except NotFound:
        return False
    if found.role is not Role.PERSON or found.state is not State.ACTIVE:
        return False
    day = service.majority(work, work.keys, owner)
    return day is not None and work.now.astimezone(TOKYO).date() >= day


def make(
    work: Work, owner: OwnerId, values: dict[str, Any], action: str, actor: str
) -> UUID:
    """Insert a link and record it; return its id."""
    link_id = work.ids.new()
    work.connection.execute(
        insert(agent_link).values(
            owner_id=owner, link_id=link_id, made_at=work.now, **values
        )
    )
    record(work, links.get(work, owner, link_id), action, actor)
    return link_id


def record(work: Work, link: AgentLink, action: str, actor: str) -> None:
    """Record an act on a link in the person's log."""
    work.log.record(
        Entry(
            type=EventType.POLICY_EVENT,
            subject=link.owner,
            detail={"actor": actor, "object": str(link.link_id), "reasons": action},
        )
    )


def _is(owner: OwnerId, link_id: UUID) -> ColumnElement[bool]:
    return and_(agent_link.c.owner_id == owner, agent_link.c.link_id == link_id)


def _change(work: Work, which: ColumnElement[bool], values: dict[str, Any]) -> Any:
    columns = (agent_link.c.owner_id, agent_link.c.link_id)
    statement = update(agent_link).where(which).values(**values).returning(*columns)
    return work.connection.execute(statement).first()


def _hash(pepper: bytes, code: str) -> bytes:
    return hmac.digest(
        pepper, b"agent" + codes.normal(code).encode("utf-8", "surrogatepass"), "sha256"
    )


def _too_late() -> Conflict:
    return Conflict("agents.not-possible-now", "It has changed meanwhile.")
