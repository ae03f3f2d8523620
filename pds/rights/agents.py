"""The end of an agent's link, with everything that the agent had given by it (V-04).

A consent that an agent gave rests on the agent's authority. When that ends, the
consent is revoked in the same unit of work, so that nothing goes on for whose
continuation nobody has spoken; the person can give it anew.
"""

from uuid import UUID

from audit.entry import Entry
from audit.leaf import EventType
from audit.work import Work
from consent import ledger, service
from consent.ledger import LIVE, CurrentConsent
from consent.oauth import grants
from consent.states import ConsentEvent
from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentEnding, AgentLink
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.keys.errors import KeyUnavailable
from pds.keys.keyring import Keyring

ENDED = "agent.ended"
"""Why a consent ends with its agent."""


def end(
    work: Work, owner: OwnerId, link_id: UUID, ending: AgentEnding, *, actor: str
) -> int:
    """End a link and every consent that the agent gave by it; return how many.

    Raises:
        Conflict: `agents.not-possible-now`; it has ended already, or never was.
    """
    acts.end(work, owner, link_id, ending, actor=actor)
    given = given_by(work, work.keys, owner, link_id)
    for each in given:
        service.revoke(work, owner, each.consent_id, actor=actor, reason=ENDED)
        grants.end_of_consent(work, owner, each.consent_id)
    return len(given)


def end_as_agent(work: Work, owner: OwnerId, link_id: UUID, *, agent: UUID) -> int:
    """End a link from the agent's side.

    Raises:
        NotFound: `agents.unknown`; the account is not this link's agent.
        Conflict: `agents.not-possible-now`; it has ended already.
    """
    found = links.get(work, owner, link_id)
    if found.agent != agent:
        raise NotFound("agents.unknown", "There is no such agent.")
    return end(work, owner, link_id, AgentEnding.AGENT, actor=found.actor)


def look(work: Work, link: AgentLink, place: str) -> None:
    """Record that an agent looks at some pages of the person, before they are shown."""
    detail = {
        "actor": link.actor,
        "object": str(link.link_id),
        "reasons": f"agent.{place}",
    }
    entry = Entry(type=EventType.AGENT_VIEWED, subject=link.owner, detail=detail)
    work.log.record(entry)


def given_by(
    snap: Snapshot, keys: Keyring, owner: OwnerId, link_id: UUID
) -> list[CurrentConsent]:
    """Return the consents in force that were given by a link."""
    actor = f"agent:{link_id}"
    live = ledger.every(snap, owner, states=LIVE)
    return [each for each in live if _is_by(snap, keys, each, actor)]


def _is_by(snap: Snapshot, keys: Keyring, consent: CurrentConsent, actor: str) -> bool:
    try:
        events = ledger.history(snap, keys, consent.owner, consent.consent_id)
    except (KeyUnavailable, NotFound):
        return False
    return any(e.actor == actor and e.event is ConsentEvent.GIVEN for e in events)
