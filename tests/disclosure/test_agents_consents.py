"""What an agent gives lasts as long as the agent's authority, on both databases."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date, timedelta

import pytest
from structlog.testing import capture_logs

from audit import subject
from consent import ledger, notices, recipients, service
from consent.content import Act
from consent.oauth import grants
from consent.states import ConsentState
from pds.accounts import freezing
from pds.accounts import service as accounts
from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentEnding, AgentKind, AgentScope
from pds.accounts.agents.standing import require_standing
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.bank.chores import END_AGENTS, end_agents
from pds.bank.erasing import erase_account
from pds.core.errors import Conflict, Forbidden, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.rights import agents
from tests.consent.world import BANK_PARTY, EVIDENCE, PROVISION
from tests.disclosure.world import DAY, Party

PEPPER = bytes(32)


def member(world):
    wish = SignUp(
        login=f"umeko{world.bank.ids.new().hex[-12:]}",
        password_hash="no hash",
        name="Sekiguchi Umeko",
        birth_date=date(1950, 1, 1),
        role=Role.PERSON,
    )
    return OwnerId(world.do(lambda work: accounts.sign_up(work, PEPPER, wish)))


def linked(world, owner, agent, days=30):
    code = "0000-0000-0000-0000"

    def act(work):
        link_id = acts.invite(
            work,
            PEPPER,
            owner,
            code,
            scopes=[AgentScope.CONSENTS],
            until=work.now + timedelta(days=days),
        )
        acts.accept(work, PEPPER, AccountId(agent), code)
        acts.confirm(work, owner, link_id)
        return links.get(work, owner, link_id)

    return world.do(act)


def given_by(world, link):
    """Return software with a token under a consent that the agent gave."""
    organisation, now = world.shared, world.clock.now()
    until = now + 80 * DAY
    provision = replace(
        PROVISION,
        access=replace(PROVISION.access, until=until),
        window=replace(PROVISION.window, first=(now - 300 * DAY).date()),
    )
    evidence = replace(EVIDENCE, auth_time=now, agent_until=link.until)

    def act(work):
        asked = service.request(work, link.owner, organisation.recipient_id, provision)
        profile = recipients.get(work, organisation.recipient_id).profile
        notice = notices.compose(provision, profile, BANK_PARTY)
        step = service.give(
            work,
            link.owner,
            asked.consent.consent_id,
            provision,
            notice=notices.keep(work, notice),
            evidence=evidence,
            actor=link.actor,
        )
        made = grants.create(
            work,
            owner=link.owner,
            consent_id=step.consent.consent_id,
            client_id=organisation.client_id,
            recipient_id=organisation.recipient_id,
            is_recurring=True,
            expires_at=until,
        )
        return made, world._token(work, made)

    made, access = world.do(act)
    return Party(world, link.owner, organisation, made, access)


@pytest.fixture
def scene(world):
    owner, agent = member(world), member(world)
    world.deposit(owner, 3)
    return owner, agent, linked(world, owner, agent)


def test_the_event_names_the_link_and_the_end_of_authority(world, scene):
    owner, _agent, link = scene
    party = given_by(world, link)
    assert party.get().status_code == 200
    world.do(
        lambda work: service.pause(work, owner, party.consent_id, actor=link.actor)
    )
    with world.bank.read() as snap:
        events = ledger.history(snap, world.bank.keys, owner, party.consent_id)
    assert [(each.act, each.actor) for each in events[1:]] == [
        (Act.AGENT, link.actor),
        (Act.AGENT, link.actor),
    ]
    assert events[1].evidence.agent_until == link.until


def test_with_the_link_ends_what_was_given_by_it_and_nothing_else(world, scene):
    owner, _agent, link = scene
    by_agent = given_by(world, link)
    own = world.consented(owner=owner, organisation=world.organisation())

    ended = world.do(
        lambda work: agents.end(
            work, owner, link.link_id, AgentEnding.PERSON, actor="person"
        )
    )

    assert ended == 1
    assert by_agent.get().status_code == 401
    assert own.get().status_code == 200
    with world.bank.read() as snap:
        kept = ledger.get(snap, owner, by_agent.consent_id)
    assert kept.state is ConsentState.REVOKED


def test_when_the_time_is_over_the_gate_says_so_and_the_chore_ends_it(lone):
    owner, agent = member(lone), member(lone)
    lone.deposit(owner, 3)
    link = linked(lone, owner, agent, days=3)
    party = given_by(lone, link)
    lone.clock.advance(3 * DAY)
    later = replace(party, token=party.new_token())
    answer = later.get()
    assert answer.status_code == 403
    assert later.history()[0].reasons == ("person.agent-ended",)

    end_agents(lone.bank)
    end_agents(lone.bank)

    with lone.bank.read() as snap:
        assert links.get(snap, owner, link.link_id).ending is AgentEnding.EXPIRED
        state = ledger.get(snap, owner, party.consent_id).state
    assert state is ConsentState.REVOKED


def test_an_agent_gives_back_only_what_is_theirs(world, scene):
    owner, agent, link = scene
    with pytest.raises(NotFound):
        world.do(
            lambda work: agents.end_as_agent(work, owner, link.link_id, agent=owner)
        )

    def back(work):
        agents.end_as_agent(work, owner, link.link_id, agent=agent)

    world.do(back)
    with pytest.raises(Conflict):
        world.do(back)


def test_erasing_the_agent_ends_the_link_and_erasing_the_person_deletes_it(lone):
    owner, agent = member(lone), member(lone)
    lone.deposit(owner, 1)
    link = linked(lone, owner, agent)
    party = given_by(lone, link)

    erase_account(lone.bank, agent)
    end_agents(lone.bank)

    with lone.bank.read() as snap:
        found = links.get(snap, owner, link.link_id)
    assert (found.agent, found.ending) == (None, AgentEnding.ACCOUNT_GONE)
    assert party.get().status_code == 401
    assert found.kind is AgentKind.VOLUNTARY

    erase_account(lone.bank, owner)
    with lone.bank.read() as snap:
        assert links.of_owner(snap, owner) == []


def test_the_end_of_a_link_waits_for_an_act_that_has_read_it(world, scene):
    owner, _agent, link = scene
    party = given_by(world, link)
    with ThreadPoolExecutor(1) as pool:

        def act(work):
            require_standing(work, link, [AgentScope.CONSENTS])
            ending = pool.submit(end_by_person, world, link)
            # Long enough for an end that waits for nobody to be in the log first.
            wait([ending], timeout=0.2)
            service.pause(work, owner, party.consent_id, actor=link.actor)
            return ending

        world.do(act).result(timeout=60)
    with world.bank.read() as snap:
        own = subject.page(snap, world.bank.keys, owner, limit=50).entries
    newest = [each.detail.fields for each in own[:3]]
    assert [each["actor"] for each in newest] == ["person", "person", link.actor]


def end_by_person(world, link):
    world.do(
        lambda work: agents.end(
            work, link.owner, link.link_id, AgentEnding.PERSON, actor="person"
        )
    )


def test_nobody_acts_by_what_does_not_stand(world, scene):
    _owner, agent, link = scene
    with pytest.raises(Forbidden, match="does not allow"):
        world.do(lambda work: require_standing(work, link, [AgentScope.RIGHTS]))
    late = replace(link, agent=None)
    with pytest.raises(Forbidden, match="does not stand"):
        world.do(lambda work: require_standing(work, late, link.scopes))
    world.do(lambda work: freezing.freeze(work, AccountId(agent)))
    with pytest.raises(Forbidden, match="does not stand"):
        world.do(lambda work: require_standing(work, link, link.scopes))
    world.do(lambda work: freezing.thaw(work, AccountId(agent)))
    world.do(lambda work: require_standing(work, link, link.scopes))
    end_by_person(world, link)
    with pytest.raises(Forbidden, match="does not stand"):
        world.do(lambda work: require_standing(work, link, link.scopes))


def test_a_link_that_cannot_be_ended_keeps_no_other_from_its_end(lone, monkeypatch):
    pairs = [(member(lone), member(lone)) for _ in range(3)]
    made = [linked(lone, owner, agent, days=3) for owner, agent in pairs]
    lone.clock.advance(3 * DAY)
    end = agents.end

    def broken(work, owner, link_id, ending, *, actor):
        if link_id == made[0].link_id:
            raise ValueError(f"no text about {owner}")
        return end(work, owner, link_id, ending, actor=actor)

    monkeypatch.setattr(agents, "end", broken)
    with capture_logs() as lines:
        end_agents(lone.bank)

    with lone.bank.read() as snap:
        ends = [links.get(snap, each.owner, each.link_id).ending for each in made]
    assert ends == [None, AgentEnding.EXPIRED, AgentEnding.EXPIRED]
    assert lone.bank.chores_failed == {END_AGENTS: 1}
    assert str(made[0].owner) not in str(lines)
