"""Agents of persons: links, who may make and end them, and what the log says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from audit import subject
from pds.accounts import codes, papers, service
from pds.accounts.agents import acts, links, statutory
from pds.accounts.agents.links import (
    INVITATION,
    AgentEnding,
    AgentKind,
    AgentScope,
    AgentState,
)
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.bank.bank import Bank
from pds.core.clock import TOKYO
from pds.core.errors import BankError, Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId

PEPPER = bytes(range(32))
DAY = timedelta(days=1)
PDF = b"%PDF-1.7 family register"


def sign_up(bank, born=date(1961, 4, 3), role=Role.PERSON, youngest=18):
    wish = SignUp(
        login=f"p{bank.ids.new().hex}",
        password_hash="no hash",
        name="Sato",
        birth_date=born if role is Role.PERSON else None,
        role=role,
        youngest=youngest,
    )
    return OwnerId(bank.unit_of_work(lambda work: service.sign_up(work, PEPPER, wish)))


def child(bank, born=date(2012, 3, 1)):
    return sign_up(bank, born, youngest=12)


def invite(bank, owner, *, scopes=(AgentScope.VIEW,), days=90):
    code = codes.make(bank.ids)
    link_id = bank.unit_of_work(
        lambda work: acts.invite(
            work, PEPPER, owner, code, scopes=scopes, until=work.now + days * DAY
        )
    )
    return link_id, code


def accept(bank, agent, code):
    return bank.unit_of_work(
        lambda work: acts.accept(work, PEPPER, AccountId(agent), code)
    )


def active(bank, owner, agent, **wishes):
    link_id, code = invite(bank, owner, **wishes)
    accept(bank, agent, code)
    bank.unit_of_work(lambda work: acts.confirm(work, owner, link_id))
    return link_id


def enter(bank, owner, agent, kind=AgentKind.PARENT, by=None, until=None):
    proof = papers.read(PDF)
    return bank.unit_of_work(
        lambda work: statutory.enter(
            work, owner, AccountId(agent), kind, proof, until=until, by=by
        )
    )


def told(bank, owner):
    with bank.read() as snap:
        found = subject.page(snap, bank.keys, owner, after=None, limit=50).entries
    return [each.detail.fields.get("reasons", "") for each in reversed(found)]


def acting(bank, agent, link_id):
    with bank.read() as snap:
        return links.acting(snap, AccountId(agent), link_id)


@pytest.fixture
def two(bank: Bank):
    return sign_up(bank), sign_up(bank)


@pytest.fixture
def staff(bank: Bank):
    return [AccountId(sign_up(bank, role=Role.OPERATOR)) for _ in range(2)]


def test_an_agent_acts_after_the_person_has_seen_the_name(bank, two):
    owner, agent = two
    link_id, code = invite(bank, owner, scopes=(AgentScope.CONSENTS, AgentScope.VIEW))
    assert acting(bank, agent, link_id) is None

    accept(bank, agent, f" {code.lower().replace('-', ' ')} ")
    assert acting(bank, agent, link_id) is None

    bank.unit_of_work(lambda work: acts.confirm(work, owner, link_id))
    found = acting(bank, agent, link_id)
    assert found.owner == owner
    assert found.scopes == {AgentScope.VIEW, AgentScope.CONSENTS}
    assert not found.may(AgentScope.RIGHTS)
    assert acting(bank, owner, link_id) is None
    assert told(bank, owner)[1:] == [
        "agent.invited",
        "agent.accepted",
        "agent.confirmed",
    ]


def test_a_code_is_used_once_and_not_by_oneself_and_not_late(bank, two, clock):
    owner, agent = two
    _link, code = invite(bank, owner)
    with pytest.raises(NotFound):
        accept(bank, owner, code)
    with pytest.raises(NotFound):
        accept(bank, agent, "0000-0000-0000-0000")
    accept(bank, agent, code)
    with pytest.raises(NotFound):
        accept(bank, agent, code)
    _link, late = invite(bank, owner)
    clock.advance(INVITATION)
    with pytest.raises(NotFound):
        accept(bank, agent, late)


def test_of_many_who_use_a_code_at_once_one_becomes_the_agent(bank, two):
    owner, _agent = two
    link_id, code = invite(bank, owner)
    many = [sign_up(bank) for _ in range(4)]
    barrier = Barrier(4)

    def race(agent):
        barrier.wait()
        try:
            accept(bank, agent, code)
        except BankError:
            return None
        return agent

    with ThreadPoolExecutor(4) as pool:
        won = [each for each in pool.map(race, many) if each]
    with bank.read() as snap:
        assert [links.get(snap, owner, link_id).agent] == won


@pytest.mark.parametrize(
    ("scopes", "days", "code"),
    [
        ((), 90, "agents.scope"),
        ((AgentScope.VIEW,), 0, "agents.until"),
        ((AgentScope.VIEW,), 367, "agents.until"),
    ],
)
def test_an_invitation_says_what_and_how_long(bank, two, scopes, days, code):
    with pytest.raises(Invalid) as caught:
        invite(bank, two[0], scopes=scopes, days=days)
    assert caught.value.code == code


def test_ten_agents_are_enough(bank, two):
    for _ in range(acts.MOST_LINKS):
        invite(bank, two[0])
    with pytest.raises(Conflict):
        invite(bank, two[0])


def test_a_minor_neither_chooses_nor_is_an_agent(bank, two):
    owner, _agent = two
    young = child(bank)
    with pytest.raises(Forbidden):
        invite(bank, young)
    _link, code = invite(bank, owner)
    with pytest.raises(Forbidden):
        accept(bank, young, code)


def test_staff_and_strangers_are_no_agents(bank, two, staff):
    owner, _agent = two
    _link, code = invite(bank, owner)
    for who in (staff[0], AccountId(bank.ids.new())):
        with pytest.raises(Forbidden):
            accept(bank, who, code)


def test_nobody_is_confirmed_who_has_not_accepted(bank, two):
    link_id, _code = invite(bank, two[0])
    with pytest.raises(Conflict):
        bank.unit_of_work(lambda work: acts.confirm(work, two[0], link_id))


def test_the_end_is_at_once_and_for_good(bank, two):
    owner, agent = two
    link_id = active(bank, owner, agent)

    def stop(work):
        acts.end(work, owner, link_id, AgentEnding.PERSON, actor="person")

    bank.unit_of_work(stop)

    assert acting(bank, agent, link_id) is None
    assert told(bank, owner)[-1] == "agent.ended-person"
    with pytest.raises(Conflict):
        bank.unit_of_work(stop)
    with pytest.raises(Conflict):
        bank.unit_of_work(lambda work: acts.confirm(work, owner, link_id))


def test_time_ends_authority_before_any_chore_comes(bank, two, clock):
    owner, agent = two
    link_id = active(bank, owner, agent, days=10)
    clock.advance(10 * DAY)
    assert acting(bank, agent, link_id) is None
    with bank.read() as snap:
        assert [(each.link_id, why) for each, why in links.due(snap, limit=9)] == [
            (link_id, AgentEnding.EXPIRED)
        ]


def test_nobody_acts_for_a_closed_account(bank, two):
    owner, agent = two
    link_id = active(bank, owner, agent)
    bank.unit_of_work(lambda work: service.close(work, AccountId(owner)))
    assert acting(bank, agent, link_id) is None


def test_an_agent_whose_account_is_gone_acts_no_more(bank, two):
    owner, agent = two
    link_id = active(bank, owner, agent)
    bank.unit_of_work(lambda work: acts.forget(work, agent))
    assert acting(bank, agent, link_id) is None
    with bank.read() as snap:
        assert links.due(snap, limit=9)[0][1] is AgentEnding.ACCOUNT_GONE


def approve(bank, owner, link_id, *, by):
    bank.unit_of_work(lambda work: statutory.open_proof(work, owner, link_id, by=by))
    bank.unit_of_work(lambda work: statutory.approve(work, owner, link_id, by=by))


def test_two_of_the_staff_make_a_parent_an_agent(bank, two, staff):
    parent, first, second = two[0], *staff
    young = child(bank)
    link_id = enter(bank, young, parent, by=first)
    assert acting(bank, parent, link_id) is None
    with pytest.raises(Conflict):
        bank.unit_of_work(
            lambda work: statutory.approve(work, young, link_id, by=first)
        )
    with bank.read() as snap:
        assert [each.link_id for each in links.entered(snap, limit=9)] == [link_id]
        assert not links.has_guardian(snap, young)

    bank.unit_of_work(lambda work: statutory.open_proof(work, young, link_id, by=first))
    with pytest.raises(Conflict, match="not opened"):
        bank.unit_of_work(
            lambda work: statutory.approve(work, young, link_id, by=second)
        )
    looked = bank.unit_of_work(
        lambda work: statutory.open_proof(work, young, link_id, by=second)
    )
    bank.unit_of_work(lambda work: statutory.approve(work, young, link_id, by=second))

    assert (looked.media_type, looked.content) == ("application/pdf", PDF)
    found = acting(bank, parent, link_id)
    assert found.scopes == set(AgentScope)
    assert found.until.astimezone(TOKYO).date() == date(2030, 3, 1)
    assert told(bank, young)[1:] == [
        "agent.entered",
        statutory.LOOKED,
        statutory.LOOKED,
        "agent.approved",
    ]
    with bank.read() as snap:
        assert links.has_guardian(snap, young)
        assert links.entered(snap, limit=9) == []


def test_a_parent_stops_being_agent_on_the_birthday(bank, two, staff, clock):
    young = child(bank, born=date(2008, 11, 22))
    link_id = enter(bank, young, two[0], by=staff[0])
    approve(bank, young, link_id, by=staff[1])
    assert acting(bank, two[0], link_id)

    clock.advance(2 * DAY)

    assert acting(bank, two[0], link_id) is None
    with bank.read() as snap:
        assert links.due(snap, limit=9)[0][1] is AgentEnding.MAJORITY
        assert not links.has_guardian(snap, young)


def test_an_adult_has_a_guardian_of_adults_for_some_years(bank, two, staff, clock):
    owner, agent = two
    kind = AgentKind.ADULT_GUARDIAN
    for until in (None, clock.now(), clock.now() + 6 * 366 * DAY):
        with pytest.raises(Invalid) as caught:
            enter(bank, owner, agent, kind, staff[0], until)
        assert caught.value.code == "agents.until"
    link_id = enter(bank, owner, agent, kind, staff[0], clock.now() + 365 * DAY)
    with bank.read() as snap:
        assert links.get(snap, owner, link_id).state is AgentState.ENTERED


def test_what_makes_no_sense_is_not_entered(bank, two, staff, clock):
    owner, agent = two
    young = child(bank)
    until = clock.now() + DAY
    for who, by_whom, kind, code in (
        (owner, owner, AgentKind.ADULT_GUARDIAN, "agents.self"),
        (owner, young, AgentKind.ADULT_GUARDIAN, "agents.agent"),
        (owner, agent, AgentKind.PARENT, "agents.kind"),
        (young, agent, AgentKind.ADULT_GUARDIAN, "agents.kind"),
        (young, agent, AgentKind.VOLUNTARY, "agents.kind"),
    ):
        with pytest.raises(Invalid) as caught:
            enter(bank, who, by_whom, kind, staff[0], until)
        assert caught.value.code == code


@pytest.mark.parametrize("content", [b"", b"<html>", b"%PDF-" + b"0" * papers.LARGEST])
def test_a_document_is_a_document(content):
    with pytest.raises(Invalid):
        papers.read(content)


def test_a_link_without_document_shows_none(bank, two, staff):
    link_id = active(bank, *two)
    with pytest.raises(NotFound):
        bank.unit_of_work(
            lambda work: statutory.open_proof(work, two[0], link_id, by=staff[0])
        )
    with bank.read() as snap, pytest.raises(NotFound):
        links.get(snap, two[1], link_id)
