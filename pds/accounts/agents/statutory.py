"""Statutory agents: entered with a document by one of the staff, approved by another.

The document (family register, court's certificate) is sealed under the person's
account key, so it goes with the account. Both who decide look at it, and each look is
an entry of the person's log.
"""

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select, update

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts import looks, papers, service
from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentKind, AgentLink, AgentScope, AgentState
from pds.accounts.agents.tables import agent_link
from pds.accounts.papers import Paper
from pds.core.clock import TOKYO
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId

LONGEST: Final = timedelta(days=5 * 366)
"""Longest time of an adult's guardian; then the court's certificate is asked again."""
LABEL: Final = b"sys.agent-proof"
"""Label of the envelope's additional data."""
LOOKED: Final = "staff.agent-proof"
"""The reason code of a look at a document."""


def enter(
    work: Work,
    owner: OwnerId,
    agent: AccountId,
    kind: AgentKind,
    proof: Paper,
    *,
    until: datetime | None = None,
    by: AccountId,
) -> UUID:
    """Enter a statutory agent with the document that proves it; return the link's id.

    Args:
        work: the unit of work.
        owner: for whom the agent acts.
        agent: the agent's account.
        kind: by what right.
        proof: the document.
        until: end of the authority; for adults' guardians only. A minor's agent ends
            when the minor comes of age.
        by: the member of staff.

    Raises:
        Invalid: `agents.kind` (minors have parents and guardians, adults have
            guardians of adults), `agents.self`, `agents.agent` (no adult's account in
            use), or `agents.until`.
        Conflict: `agents.too-many`.
    """
    person.hold(work, owner)
    if owner == agent:
        raise Invalid("agents.self", "Nobody is their own agent.")
    if not acts.is_adult(work, OwnerId(agent)):
        raise Invalid("agents.agent", "The agent is no adult with an account here.")
    acts.check_room(work, owner)
    end = _end(work, owner, kind, until)
    link_id = _insert(work, owner, agent, kind, end, by)
    _seal(work, owner, link_id, proof)
    return link_id


def approve(work: Work, owner: OwnerId, link_id: UUID, *, by: AccountId) -> None:
    """Let a statutory agent act from now on; a second member of staff says so.

    Raises:
        Conflict: `agents.not-possible-now` (it does not wait, or it was entered by the
            same member of staff), or `papers.not-seen` (they have not opened the
            document).
    """
    done = work.connection.execute(
        update(agent_link)
        .where(
            agent_link.c.owner_id == owner,
            agent_link.c.link_id == link_id,
            agent_link.c.state == AgentState.ENTERED,
            agent_link.c.entered_by != by,
            agent_link.c.agent_id.is_not(None),
            agent_link.c.until > work.now,
        )
        .values(state=AgentState.ACTIVE, active_at=work.now, approved_by=by)
    )
    if not done.rowcount:
        raise Conflict("agents.not-possible-now", "It has changed, or is your own.")
    looks.require(work, owner, link_id, by, [looks.ONLY])
    found = links.get(work, owner, link_id)
    acts.record(work, found, "agent.approved", f"operator:{by}")


def open_proof(work: Work, owner: OwnerId, link_id: UUID, *, by: AccountId) -> Paper:
    """Return the document, for a member of staff; the look is recorded with it.

    Raises:
        NotFound: `agents.unknown`; no such link, or it has no document.
        KeyUnavailable: the person's account was erased.
    """
    mine = and_(agent_link.c.owner_id == owner, agent_link.c.link_id == link_id)
    columns = (
        agent_link.c.proof,
        agent_link.c.proof_generation,
        agent_link.c.proof_type,
    )
    row = work.connection.execute(select(*columns).where(mine)).first()
    if row is None or row.proof is None:
        raise NotFound("agents.unknown", "There is no such document.")
    kept = (row.proof_type, row.proof_generation, bytes(row.proof))
    found = papers.unseal(work, owner, link_id, LABEL, kept)
    _looked(work, owner, str(link_id), by)
    looks.note(work, owner, link_id, by, [looks.ONLY])
    return found


def look(work: Work, owner: OwnerId, *, by: AccountId) -> list[AgentLink]:
    """Return every agent of a person, for a member of staff; the look is recorded."""
    _looked(work, owner, "agents", by)
    return links.of_owner(work, owner)


def _looked(work: Work, owner: OwnerId, what: str, by: AccountId) -> None:
    detail = {"actor": f"operator:{by}", "object": what, "reasons": LOOKED}
    work.log.record(Entry(type=EventType.STAFF_VIEWED, subject=owner, detail=detail))


def _end(
    work: Work, owner: OwnerId, kind: AgentKind, until: datetime | None
) -> datetime:
    day = service.majority(work, work.keys, owner)
    if not kind.is_statutory or day is None:
        raise Invalid("agents.kind", "This is no statutory agent of this person.")
    majority = datetime.combine(day, time(), TOKYO)
    if kind.is_for_minors != (work.now < majority):
        raise Invalid("agents.kind", "The kind of agent does not fit the age.")
    if kind.is_for_minors:
        return majority
    if until is None or not work.now < until <= work.now + LONGEST:
        raise Invalid("agents.until", "The end is past or over five years away.")
    return until


def _insert(
    work: Work,
    owner: OwnerId,
    agent: AccountId,
    kind: AgentKind,
    until: datetime,
    by: AccountId,
) -> UUID:
    values = {
        "kind": kind,
        "state": AgentState.ENTERED,
        "scopes": " ".join(AgentScope),
        "agent_id": agent,
        "until": until,
        "entered_by": by,
    }
    return acts.make(work, owner, values, "agent.entered", f"operator:{by}")


def _seal(work: Work, owner: OwnerId, link_id: UUID, proof: Paper) -> None:
    work.connection.execute(
        update(agent_link)
        .where(agent_link.c.owner_id == owner, agent_link.c.link_id == link_id)
        .values(**papers.seal(work, owner, link_id, LABEL, proof))
    )
