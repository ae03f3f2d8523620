"""What the person does: ask, take back, close; and what is answered as it is asked."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from audit.work import Work
from pds.accounts.in_use import require_in_use
from pds.core.errors import Invalid
from pds.core.ids import OwnerId
from pds.rights import erasure
from pds.rights.desk import law, papers, requests
from pds.rights.desk.kinds import (
    OPEN,
    Authority,
    PaperKind,
    RequestChannel,
    RequestGround,
    RequestKind,
    RequestOutcome,
    RequestState,
    RequestStep,
)
from pds.rights.desk.requests import Request
from pds.rights.desk.tables import rights_request

PERSON: Final = "person"
_STOPS: Final = frozenset(
    {RequestKind.STOP_USE, RequestKind.STOP_PROVISION, RequestKind.ERASURE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked.

    Attributes:
        text: what the person or the agent wrote.
        ground: why use or provision should stop; no reason is needed.
        on_paper: whether the answer is wanted on paper.
        record_id: the record concerned, if it is one.
        source_id: where that record came from.
    """

    kind: RequestKind
    text: str = ""
    ground: RequestGround = RequestGround.NONE
    on_paper: bool = False
    record_id: UUID | None = None
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who asks for the person, and by what.

    Attributes:
        name: of the agent; it is sealed. A link has it already.
        proof: the document that shows the authority (V-05).
        link_id: a link that was checked when it was made; no proof is needed then.
    """

    kind: Authority
    name: str = ""
    proof: bytes = b""
    link_id: UUID | None = None


def ask(
    work: Work,
    owner: OwnerId,
    wish: Wish,
    *,
    days: int,
    agent: Agent | None = None,
    channel: RequestChannel = RequestChannel.PORTAL,
    actor: str = PERSON,
) -> Request:
    """Take a request in; return it.

    From the person's own session, or through a link that was checked, it goes to work
    at once; every other one waits until two of staff have checked who asks.

    Args:
        work: the unit of work.
        owner: whose data it is about.
        wish: what is asked.
        days: within how many the bank promises to answer.
        agent: who asks for the person, if somebody does.
        channel: how it came in.
        actor: who wrote it down.

    Raises:
        Invalid: `rights.text`, `rights.ground` or `rights.proof`.
        NotFound: there is no such person.
    """
    _check(wish, agent)
    is_known = channel is RequestChannel.PORTAL if agent is None else agent.link_id
    state = RequestState.RECEIVED if is_known else RequestState.CHECKING
    request = _insert(work, owner, wish, state, days=days, agent=agent, channel=channel)
    papers.write(work, owner, request.request_id, PaperKind.REQUEST, wish.text)
    if agent is not None:
        _keep_agent(work, request, agent)
    why = None if wish.ground is RequestGround.NONE else wish.ground
    requests.record(work, request, RequestStep.RECEIVED, why, actor=actor)
    return request


def answered_at_once(
    work: Work,
    owner: OwnerId,
    wish: Wish,
    *,
    agent: Agent | None = None,
    actor: str = PERSON,
) -> Request:
    """Keep a request that the same unit of work has fulfilled; it is closed."""
    channel = RequestChannel.PORTAL if agent is None else RequestChannel.AGENT
    closed = RequestState.CLOSED
    request = _insert(work, owner, wish, closed, days=0, agent=agent, channel=channel)
    requests.record(work, request, RequestStep.RECEIVED, actor=actor)
    granted = RequestOutcome.GRANTED
    requests.record(work, request, RequestStep.ANSWERED, granted, actor="bank")
    requests.record(work, request, RequestStep.CLOSED, actor="bank")
    return request


def stop_provision(
    work: Work,
    owner: OwnerId,
    ground: RequestGround,
    *,
    agent: Agent | None = None,
    actor: str = PERSON,
) -> int:
    """End every consent at once, as the person wishes; return how many (C-04, A-23).

    An agent needs the scopes of consents and of rights for it; who calls sees to that.
    """
    count = erasure.end_consents(work, owner, actor=actor)
    wish = Wish(kind=RequestKind.STOP_PROVISION, ground=ground)
    answered_at_once(work, owner, wish, agent=agent, actor=actor)
    return count


def take_back(
    work: Work,
    owner: OwnerId,
    request_id: UUID,
    *,
    agent: UUID | None = None,
    actor: str = PERSON,
) -> None:
    """End a request that is not answered yet, on the person's or an agent's word.

    Raises:
        NotFound: `rights.unknown`.
        Conflict: `rights.not-possible-now`.
    """
    requests.get(work, owner, request_id, agent=agent)
    done = requests.change(
        work, request_id, OPEN, state=RequestState.TAKEN_BACK, closed_at=work.now
    )
    requests.record(work, done, RequestStep.TAKEN_BACK, actor=actor)


def close(
    work: Work,
    owner: OwnerId,
    request_id: UUID,
    *,
    agent: UUID | None = None,
    actor: str = PERSON,
) -> None:
    """Close an answered request; raises as `take_back`."""
    found = requests.get(work, owner, request_id, agent=agent)
    requests.close(work, found, actor=actor)


def _check(wish: Wish, agent: Agent | None) -> None:
    if wish.ground is not RequestGround.NONE and wish.kind not in _STOPS:
        raise Invalid("rights.ground", "This kind of request has no ground.")
    if agent is not None and agent.link_id is None:
        papers.media_type_of(agent.proof)


def _insert(
    work: Work,
    owner: OwnerId,
    wish: Wish,
    state: RequestState,
    *,
    days: int,
    agent: Agent | None = None,
    channel: RequestChannel = RequestChannel.PORTAL,
) -> Request:
    is_done = state is RequestState.CLOSED
    at = work.now if is_done else None
    require_in_use(work, owner)
    row = work.connection.execute(
        insert(rights_request)
        .values(
            owner_id=owner,
            request_id=work.ids.new(),
            kind=wish.kind,
            state=state,
            channel=channel,
            ground=wish.ground,
            on_paper=int(wish.on_paper),
            agent_kind=agent and agent.kind,
            agent_link_id=agent and agent.link_id,
            record_id=wish.record_id,
            source_id=wish.source_id,
            outcome=RequestOutcome.GRANTED if is_done else None,
            received_at=work.now,
            due_at=law.due(work.now, days),
            answered_at=at,
            closed_at=at,
        )
        .returning(rights_request)
    ).one()
    return requests.read(row)


def _keep_agent(work: Work, request: Request, agent: Agent) -> None:
    owner, request_id = request.owner, request.request_id
    papers.write(work, owner, request_id, PaperKind.AGENT, agent.name)
    if agent.proof:
        media_type = papers.media_type_of(agent.proof)
        papers.put(work, owner, request_id, PaperKind.PROOF, media_type, agent.proof)
