"""Statutory agents: entered with a document by one of the staff, approved by another.

The document (family register, court's certificate) is sealed under the person's
account key, so it goes with the account. Both who decide look at it, and each look is
an entry of the person's log.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select, update

from audit import person
from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from pds.accounts import service
from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentKind, AgentScope, AgentState
from pds.accounts.agents.tables import agent_link
from pds.core.clock import TOKYO
from pds.core.errors import Conflict, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.keys.classes import KeyClass

LONGEST: Final = timedelta(days=5 * 366)
"""Longest time of an adult's guardian; then the court's certificate is asked again."""
LARGEST_PROOF: Final = 5_000_000
"""Bytes of a document."""
LABEL: Final = b"sys.agent-proof"
"""Label of the envelope's additional data."""
LOOKED: Final = "staff.agent-proof"
"""The reason code of a look at a document."""

_VERSION: Final = 1
_BEGINNINGS: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A document as it was brought."""

    media_type: str
    content: bytes


def read_proof(content: bytes) -> Proof:
    """Look at what was brought.

    Raises:
        Invalid: `agents.proof`; neither PDF nor PNG nor JPEG, or larger than 5 MB.
    """
    kind = next((t for b, t in _BEGINNINGS.items() if content.startswith(b)), None)
    if kind is None or len(content) > LARGEST_PROOF:
        raise Invalid("agents.proof", "The document is no PDF, PNG or JPEG of 5 MB.")
    return Proof(kind, content)


def enter(
    work: Work,
    owner: OwnerId,
    agent: AccountId,
    kind: AgentKind,
    proof: Proof,
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
        Conflict: `agents.not-possible-now`; it does not wait, or it was entered by the
            same member of staff.
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
    found = links.get(work, owner, link_id)
    acts.record(work, found, "agent.approved", f"operator:{by}")


def open_proof(work: Work, owner: OwnerId, link_id: UUID, *, by: AccountId) -> Proof:
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
    key = work.keys.open(work.connection, owner, KeyClass.ACCOUNT, row.proof_generation)
    content = work.keys.unseal(key, bytes(row.proof), link_id, _VERSION, LABEL)
    work.log.record(
        Entry(
            type=EventType.STAFF_VIEWED,
            subject=owner,
            detail={
                "actor": f"operator:{by}",
                "object": str(link_id),
                "reasons": LOOKED,
            },
        )
    )
    return Proof(row.proof_type, content)


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


def _seal(work: Work, owner: OwnerId, link_id: UUID, proof: Proof) -> None:
    key = work.keys.ensure(work.connection, owner, KeyClass.ACCOUNT, now=work.now)
    sealed = work.keys.seal(
        work.connection, key, link_id, _VERSION, LABEL, proof.content
    )
    work.connection.execute(
        update(agent_link)
        .where(agent_link.c.owner_id == owner, agent_link.c.link_id == link_id)
        .values(
            proof=sealed, proof_generation=key.generation, proof_type=proof.media_type
        )
    )
