"""What an agent's link is, and how links are found."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column, or_, select

from pds.accounts.agents.tables import agent_link
from pds.accounts.roles import State
from pds.accounts.tables import account
from pds.core.database import Snapshot
from pds.core.errors import Conflict, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.core.queue import Place, is_after

INVITATION: Final = timedelta(days=7)
"""How long an invitation waits, and an acceptance for the person's confirmation."""


class AgentKind(StrEnum):
    """By what right somebody acts for a person."""

    VOLUNTARY = "voluntary"
    PARENT = "parent"
    GUARDIAN = "guardian"
    ADULT_GUARDIAN = "adult-guardian"

    @property
    def is_statutory(self) -> bool:
        """Whether law or a court gives the right, not the person."""
        return self is not AgentKind.VOLUNTARY

    @property
    def is_for_minors(self) -> bool:
        """Whether it ends with the person's coming of age."""
        return self in (AgentKind.PARENT, AgentKind.GUARDIAN)


class AgentScope(StrEnum):
    """What an agent may do; none of it ever gives data to the agent as recipient."""

    VIEW = "view"
    CONSENTS = "consents"
    RIGHTS = "rights"


class AgentState(StrEnum):
    """Where a link stands."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    ENTERED = "entered"
    ACTIVE = "active"
    ENDED = "ended"


class AgentEnding(StrEnum):
    """Why a link ended."""

    PERSON = "person"
    AGENT = "agent"
    STAFF = "staff"
    REFUSED = "refused"
    EXPIRED = "expired"
    MAJORITY = "majority"
    ACCOUNT_GONE = "account-gone"
    DEATH = "death"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLink:
    """One agent of one person.

    Attributes:
        owner: for whom the agent acts.
        agent: the agent's account; None where there is none yet, or no more.
        until: end of the authority.
        made_at: when the person invited, or staff entered it.
        ending: why it ended; None before.
        entered_by: the member of staff who entered it.
        has_proof: whether a document is kept with it.
    """

    owner: OwnerId
    link_id: UUID
    kind: AgentKind
    state: AgentState
    scopes: frozenset[AgentScope]
    agent: AccountId | None
    until: datetime
    made_at: datetime
    active_at: datetime | None
    ended_at: datetime | None
    ending: AgentEnding | None
    entered_by: AccountId | None
    has_proof: bool

    @property
    def actor(self) -> str:
        """How log and consent events name the agent: by the link."""
        return f"agent:{self.link_id}"

    def stands(self, now: datetime) -> bool:
        """Say whether the agent may act now."""
        is_active = self.state is AgentState.ACTIVE and self.agent is not None
        return is_active and now < self.until

    def may(self, scope: AgentScope) -> bool:
        """Say whether the scope is among those given."""
        return scope in self.scopes


_COLUMNS = (
    *(c for c in agent_link.c if c.name not in {"proof", "code_hash"}),
    agent_link.c.proof.is_not(None).label("has_proof"),
)


# As text in the statement, so that the index of these rows alone can be taken.
_IS_ENTERED = agent_link.c.state == literal_column("'entered'")


def get(snap: Snapshot, owner: OwnerId, link_id: UUID) -> AgentLink:
    """Return a link of a person.

    Raises:
        NotFound: `agents.unknown`.
    """
    mine = and_(agent_link.c.owner_id == owner, agent_link.c.link_id == link_id)
    return _one(snap, mine)


def of_owner(snap: Snapshot, owner: OwnerId) -> list[AgentLink]:
    """Return every link of a person, ended ones too, newest first."""
    return _list(snap, agent_link.c.owner_id == owner)


def of_agent(snap: Snapshot, agent: AccountId) -> list[AgentLink]:
    """Return every link by which an account acts or acted, newest first."""
    return _list(snap, agent_link.c.agent_id == agent)


def entered(
    snap: Snapshot, after: Place | None = None, *, limit: int
) -> list[AgentLink]:
    """Return links that wait for the second member of staff, oldest first.

    Args:
        snap: one consistent state.
        after: where the page before ended.
        limit: most links of the page.
    """
    at, number = agent_link.c.made_at, agent_link.c.link_id
    query = (
        select(*_COLUMNS)
        .where(_IS_ENTERED, *is_after(after, at, number))
        .order_by(at, number)
        .limit(limit)
    )
    return [_read(row) for row in snap.connection.execute(query)]


def entered_one(snap: Snapshot, link_id: UUID) -> AgentLink:
    """Return one link that waits for the second member of staff.

    Raises:
        Conflict: `agents.not-possible-now`; it does not wait, or not any more.
    """
    this = agent_link.c.link_id == link_id
    row = snap.connection.execute(select(*_COLUMNS).where(_IS_ENTERED, this)).first()
    if row is None:
        raise Conflict("agents.not-possible-now", "No such agent waits.")
    return _read(row)


def acting(snap: Snapshot, agent: AccountId, link_id: UUID) -> AgentLink | None:
    """Return the link if this account may act by it now, else None.

    The person's account has to be in use: nobody acts for somebody whose account is
    closed, frozen or erased.
    """
    query = (
        select(*_COLUMNS)
        .join_from(agent_link, account, account.c.account_id == agent_link.c.owner_id)
        .where(
            agent_link.c.agent_id == agent,
            agent_link.c.link_id == link_id,
            account.c.state == State.ACTIVE,
        )
    )
    row = snap.connection.execute(query).first()
    found = None if row is None else _read(row)
    return found if found is not None and found.stands(snap.now) else None


def has_guardian(snap: Snapshot, owner: OwnerId) -> bool:
    """Say whether a statutory agent may act for a person now."""
    links = of_owner(snap, owner)
    return any(each.kind.is_statutory and each.stands(snap.now) for each in links)


def due(snap: Snapshot, *, limit: int) -> list[tuple[AgentLink, AgentEnding]]:
    """Return links that have to end now, and why."""
    unanswered = and_(
        agent_link.c.state.in_((AgentState.INVITED, AgentState.ACCEPTED)),
        agent_link.c.made_at <= snap.now - INVITATION,
    )
    lonely = and_(
        agent_link.c.state.in_(
            (AgentState.ACTIVE, AgentState.ACCEPTED, AgentState.ENTERED)
        ),
        agent_link.c.agent_id.is_(None),
    )
    query = (
        select(*_COLUMNS)
        .where(
            agent_link.c.state != AgentState.ENDED,
            or_(agent_link.c.until <= snap.now, unanswered, lonely),
        )
        .order_by(agent_link.c.until)
        .limit(limit)
    )
    found = [_read(row) for row in snap.connection.execute(query)]
    return [(each, _why(each, snap.now)) for each in found]


def _why(link: AgentLink, now: datetime) -> AgentEnding:
    if now < link.until and link.agent is None and link.state != AgentState.INVITED:
        return AgentEnding.ACCOUNT_GONE
    is_majority = link.kind.is_for_minors and now >= link.until
    return AgentEnding.MAJORITY if is_majority else AgentEnding.EXPIRED


def _one(snap: Snapshot, which: ColumnElement[bool]) -> AgentLink:
    row = snap.connection.execute(select(*_COLUMNS).where(which)).first()
    if row is None:
        raise NotFound("agents.unknown", "There is no such agent.")
    return _read(row)


def _list(snap: Snapshot, which: ColumnElement[bool]) -> list[AgentLink]:
    newest = (agent_link.c.made_at.desc(), agent_link.c.link_id.desc())
    query = select(*_COLUMNS).where(which).order_by(*newest)
    return [_read(row) for row in snap.connection.execute(query)]


def _read(row: Any) -> AgentLink:
    return AgentLink(
        owner=OwnerId(row.owner_id),
        link_id=row.link_id,
        kind=AgentKind(row.kind),
        state=AgentState(row.state),
        scopes=frozenset(AgentScope(each) for each in row.scopes.split()),
        agent=None if row.agent_id is None else AccountId(row.agent_id),
        until=row.until,
        made_at=row.made_at,
        active_at=row.active_at,
        ended_at=row.ended_at,
        ending=None if row.ending is None else AgentEnding(row.ending),
        entered_by=None if row.entered_by is None else AccountId(row.entered_by),
        has_proof=bool(row.has_proof),
    )
