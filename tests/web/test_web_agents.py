"""Agents by their pages: invited, confirmed, acting with a banner, ended."""

import io
import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import update

from audit import subject
from consent import ledger
from consent.content import Act
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentEnding
from pds.accounts.agents.tables import agent_link
from pds.accounts.roles import Role
from pds.bank.chores import end_agents
from pds.core.ids import AccountId, ConsentId
from pds.rights import agents
from pds.web import acting as web_acting
from pds.web.oauth import consent_page
from tests.web.conftest import queue, sign_up

CODE = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}")
PDF = b"%PDF-1.7 court"


def invited(person, *scopes):
    form = person.get("/agents/new").form_to("/agents/new")
    form.fields.pop("scope")
    page = person.post(form, status=200, scope=list(scopes))
    return CODE.search(page.text)[0]


def accepted(agent, code):
    form = agent.get("/acting").form_to("/acting/accept")
    return agent.follow(agent.post(form, code=code))


def acting(person, agent, *scopes):
    """Let the agent act for the person from here on."""
    accepted(agent, invited(person, *scopes))
    person.post(person.get("/agents").form_to("/confirm"))
    return agent.post(agent.get("/acting").form_to("/begin"))


def told(bank, owner):
    with bank.read() as snap:
        found = subject.page(snap, bank.keys, owner, after=None, limit=30).entries
    return [each.detail.fields for each in found]


@pytest.fixture
def helper(bank, portal):
    sign_up(bank, "haruko")
    return portal("haruko")


def test_an_agent_sees_what_was_allowed_and_the_person_sees_that(
    bank, hanako, person, helper, records
):
    page = acting(person, helper, "view")
    assert page.response.headers["Location"] == "/home"

    home = helper.get("/home").text
    assert "You act for Hanako" in home
    assert "120" in home
    assert "You act for Hanako" in helper.get("/data").text

    seen = person.get("/disclosures").text
    assert "Your agent looked at your data." in seen
    looks = [f for f in told(bank, hanako) if f.get("reasons") == "agent.data"]
    assert looks[0]["actor"].startswith("agent:")


def test_the_name_is_shown_before_anybody_can_act(person, helper):
    accepted(helper, invited(person, "view"))
    page = person.get("/agents")
    assert "Haruko accepted your invitation." in page.text
    assert not any(f.action.endswith("/begin") for f in helper.get("/acting").forms)


def test_what_was_not_allowed_is_closed(person, helper, consent):
    acting(person, helper, "consents")
    assert "has not allowed" in helper.get("/data", status=403).text
    assert helper.get(f"/consents/{consent}").response.status_code == 200
    for address in (
        "/account/close",
        "/copy",
        "/imports/new",
        "/agents",
        "/log/handles",
    ):
        assert "Stop acting" in helper.get(address, status=403).text


def test_who_may_only_look_ends_nothing(person, helper, consent):
    acting(person, helper, "view")
    form = helper.get(f"/consents/{consent}/withdraw").form_to("/withdraw")
    assert "has not allowed" in helper.post(form, status=403).text


def test_an_agent_narrows_and_withdraws_under_the_own_name(
    bank, hanako, person, helper, consent
):
    acting(person, helper, "consents")
    form = helper.get(f"/consents/{consent}/narrow").form_to("/narrow")
    form.fields["category"] = "health.vital.weight"
    helper.post(form)
    helper.post(helper.get(f"/consents/{consent}/withdraw").form_to("/withdraw"))

    with bank.read() as snap:
        events = ledger.history(snap, bank.keys, hanako, ConsentId(UUID(consent)))
    assert [each.act for each in events[-2:]] == [Act.AGENT, Act.AGENT]
    assert all(each.actor.startswith("agent:") for each in events[-2:])
    assert "by an agent" in person.get(f"/consents/{consent}").text


def test_forms_opened_before_do_not_act_for_the_other_one(person, helper, consent):
    before = helper.get("/acting").form_to("/accept")
    acting(person, helper, "view", "consents")
    old = helper.get(f"/consents/{consent}/withdraw").form_to("/withdraw")
    assert helper.send(before, code="x").status_code == 400

    helper.post(helper.get("/acting").form_to("/stop"))

    assert helper.send(old).status_code == 400
    assert "You act for" not in helper.get("/home").text


def test_the_end_closes_the_door_at_the_next_request(person, helper, records):
    acting(person, helper, "view")
    page = person.get("/agents")
    end = next(each for each in page.links if each.endswith("/end"))
    person.post(person.get(end).form_to("/end"))

    answer = helper.get("/data", status=403)
    assert "You can no longer act for this person" in answer.text
    helper.post(answer.form_to("/stop"))
    assert helper.get("/data").response.status_code == 200
    assert "The person ended it." in person.get("/agents").text


def test_an_agent_gives_the_task_back(person, helper):
    acting(person, helper, "rights")
    page = helper.follow(helper.post(helper.get("/acting").form_to("/end")))
    assert "You no longer act" in page.text
    assert "The agent gave the task back." in person.get("/agents").text


def test_a_cookie_of_another_account_acts_for_nobody(bank, person, helper, portal):
    acting(person, helper, "view")
    helper.post(helper.get("/acting").form_to("/logout"))
    sign_up(bank, "jiro")
    helper.log_in("jiro")
    assert "You act for" not in helper.get("/home").text


def test_proving_again_who_is_there_goes_on_acting(person, helper):
    acting(person, helper, "view")
    form = helper.get("/login/again").form_to("/login/again")
    helper.post(form, password="a sentence that nobody guesses")
    assert "You act for Hanako" in helper.get("/home").text


def test_wrong_entries_are_said(person, helper):
    form = person.get("/agents/new").form_to("/agents/new")
    form.fields.pop("scope")
    assert "Choose what the agent may do." in person.post(form, status=422).text
    assert (
        "too far"
        in person.post(
            person.get("/agents/new").form_to("/agents/new"),
            status=422,
            until="2099-01-01",
        ).text
    )
    code = helper.get("/acting").form_to("/accept")
    assert "No invitation waits" in helper.post(code, status=422, code="1").text


@pytest.fixture
def desk(bank, portal):
    made = []
    for name in ("first", "second"):
        sign_up(bank, name, Role.OPERATOR)
        made.append(portal(name))
    return made


def entered(staff, **changes):
    form = staff.get("/operator/agents/new").form_to("/operator/agents/new")
    fields = {
        "person": "hanako",
        "agent": "haruko",
        "kind": "adult-guardian",
        "until": "2028-03-31",
        "proof": (io.BytesIO(PDF), "court.pdf"),
    }
    return staff.send(form, **(fields | changes))


def test_two_of_the_desk_make_a_guardian(bank, hanako, person, helper, desk, clock):
    first, second = desk
    assert entered(first).status_code == 303
    page = first.get("/operator/agents")
    assert "You entered this yourself." in page.text
    assert not any(each.action.endswith("/approve") for each in page.forms)
    assert "second member of staff checks it" in person.get("/agents").text

    page = second.get("/operator/agents")
    proof = second.send(page.form_to("/proof"))
    assert proof.data == PDF
    assert proof.headers["Content-Type"] == "application/pdf"
    second.post(page.form_to("/approve"))

    mine = person.get("/agents")
    assert "Guardian of an adult" in mine.text
    assert not any(each.endswith("/end") for each in mine.links)
    assert "looked at the document" in person.get("/disclosures").text
    helper.post(helper.get("/acting").form_to("/begin"))
    assert "You act for Hanako" in helper.get("/home").text

    with bank.read() as snap:
        link = links.of_owner(snap, hanako)[0]
    assert person.get(f"/agents/{link.link_id}/end", status=403)
    clock.advance(timedelta(days=900))
    end_agents(bank)
    with bank.read() as snap:
        assert links.of_owner(snap, hanako)[0].ended_at


def test_every_agent_that_waits_can_be_approved(
    bank, portal, desk, helper, monkeypatch
):
    """Also those behind the first page."""
    monkeypatch.setattr("pds.web.operator.agents.PAGE", 2)
    monkeypatch.setattr("pds.web.operator.queues.PAGE", 2)
    for n in range(5):
        sign_up(bank, f"ward{n}")
        assert entered(desk[0], person=f"ward{n}").status_code == 303
    pages = queue(desk[1], "/operator/agents")
    forms = [form for page in pages for form in page.forms if "/approve" in form.action]
    assert len({form.action for form in forms}) == 5
    assert len(pages) == 3
    last = pages[-1]
    assert "/operator/agents" in last.links
    desk[1].send(last.form_to("/proof"))
    desk[1].post(last.form_to("/approve"))
    # What stood at the end of a page is gone; the next page begins there all the same.
    second = next(each for each in pages[0].links if "after=" in each)
    assert len(desk[1].get(second).forms) == len(pages[1].forms)
    assert desk[1].send(last.form_to("/approve")).status_code == 409
    for wrong in ("x", "1.x", f"{'9' * 15}.{UUID(int=1)}", "-1.x"):
        address = f"/operator/agents?after={wrong}"
        assert desk[1].client.get(address).status_code == 404


def test_the_desk_ends_what_court_or_family_ended(bank, hanako, person, helper, desk):
    entered(desk[0])
    page = desk[1].get("/operator/agents")
    blind = desk[1].post(page.form_to("/approve"), 409)
    assert "Open every document first." in blind.text
    assert "A document was not opened yet" in blind.text
    assert "changed in the meantime" not in blind.text
    desk[1].send(page.form_to("/proof"))
    desk[1].post(page.form_to("/approve"))
    form = desk[0].get("/operator/agents").form_to("/operator/agents")
    page = desk[0].post(form, status=200, login="hanako")
    desk[0].post(page.form_to("/end"))
    assert "Our staff ended it." in person.get("/agents").text


def test_the_desk_refuses_papers_that_do_not_suffice(person, helper, desk):
    entered(desk[0])
    desk[1].post(desk[1].get("/operator/agents").form_to("/refuse"))
    assert "The papers were not sufficient." in person.get("/agents").text
    assert "Nothing waits." in desk[0].get("/operator/agents").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"person": "nobody-here"}, "There is no such person."),
        ({"agent": ""}, "Fill this in."),
        ({"agent": "hanako"}, "Nobody can be their own agent."),
        ({"kind": ""}, "Choose from the list."),
        ({"kind": "parent"}, "does not fit the person"),
        ({"until": "soon"}, "Enter a day."),
        ({"until": ""}, "past, or too far away"),
        ({"proof": (io.BytesIO(b"text"), "a.txt")}, "Choose a PDF"),
    ],
)
def test_the_desk_is_told_what_is_wrong(person, helper, desk, changes, words):
    answer = entered(desk[0], **changes)
    assert answer.status_code == 422
    assert words in answer.text.replace("&#39;", "'")


def test_the_desk_finds_nothing_under_made_up_names(person, desk):
    page = desk[0].get("/operator/agents")
    form = page.form_to("/operator/agents")
    assert "There is no such person." in desk[0].post(form, 422, login="nobody").text
    assert "Enter the login name." in desk[0].post(form, 422, login="").text


def test_links_of_nobody_lead_nowhere(person, helper, desk, hanako, bank):
    some = AccountId(bank.ids.new())
    for staff_act in ("approve", "proof", "refuse"):
        form = desk[0].get("/operator/agents").form_to("/operator/agents")
        form.action = f"/operator/agents/{some}/{staff_act}"
        assert desk[0].send(form).status_code == 409
    form = desk[0].get("/operator/agents").form_to("/operator/agents")
    form.action = f"/operator/agents/{some}/end"
    assert desk[0].send(form).status_code == 404
    assert desk[0].send(form, person=str(hanako)).status_code == 404
    form = helper.get("/acting").form_to("/accept")
    for act in ("begin", "end"):
        form.action = f"/acting/{some}/{act}"
        assert helper.send(form).status_code == 404


@pytest.mark.parametrize(
    ("scopes", "is_shown"),
    [({"consents"}, False), ({"consents", "view"}, True), (None, True)],
)
def test_who_may_not_look_sees_no_records_when_asked_to_consent(
    monkeypatch, scopes, is_shown
):
    agent = scopes and SimpleNamespace(may=lambda scope: scope.value in scopes)
    monkeypatch.setattr(consent_page.acting, "link", lambda: agent)
    assert (consent_page._rows() > 0) is is_shown


def meanwhile(monkeypatch, act):
    """Let something happen after the guard of the next request, before its act."""
    guard = web_acting.represent

    def late(*scopes):
        monkeypatch.setattr(web_acting, "represent", guard)
        guard(*scopes)
        act()

    monkeypatch.setattr(web_acting, "represent", late)


def end_by_person(bank, owner, link_id):
    bank.unit_of_work(
        lambda work: agents.end(
            work, owner, link_id, AgentEnding.PERSON, actor="person"
        )
    )


def link_of(bank, owner):
    with bank.read() as snap:
        return links.of_owner(snap, owner)[0].link_id


def stop_form(agent):
    form = agent.get("/rights/new/stop-provision").form_to("/stop-provision")
    form.fields |= {"ground": "none", "sure": "sure"}
    return form


def asked(agent):
    form = agent.get("/rights/new/complaint").form_to("/complaint")
    made = agent.post(form, text="Nobody answers.").response.headers["Location"]
    return agent.get(made)


def narrower(agent, consent):
    form = agent.get(f"/consents/{consent}/narrow").form_to("/narrow")
    form.fields["category"] = "health.vital.weight"
    return form


def complaint(agent):
    form = agent.get("/rights/new/complaint").form_to("/complaint")
    form.fields["text"] = "Nobody answers."
    return form


DOORS = {
    "withdraw": lambda agent, consent: agent.get(
        f"/consents/{consent}/withdraw"
    ).form_to("/withdraw"),
    "narrow": narrower,
    "stop": lambda agent, _consent: stop_form(agent),
    "ask": lambda agent, _consent: complaint(agent),
    "take-back": lambda agent, _consent: asked(agent).form_to("/take-back"),
}


@pytest.mark.parametrize("door", DOORS)
def test_an_act_on_its_way_ends_with_the_link(
    bank, hanako, person, helper, consent, monkeypatch, door
):
    acting(person, helper, "consents", "rights")
    form = DOORS[door](helper, consent)
    before = told(bank, hanako)
    link_id = link_of(bank, hanako)
    meanwhile(monkeypatch, lambda: end_by_person(bank, hanako, link_id))

    answer = helper.send(form)

    assert answer.status_code == 403
    assert "You can no longer act for this person" in answer.text
    new = [each["reasons"] for each in told(bank, hanako)[: -len(before)]]
    assert new == ["agent.ended-person", new[1]]
    assert new[1] in {"agent.consents", "agent.narrowing", "agent.rights"}


@pytest.mark.parametrize("door", DOORS)
def test_an_act_on_its_way_ends_with_its_scope(
    bank, hanako, person, helper, consent, monkeypatch, door
):
    acting(person, helper, "consents", "rights")
    form = DOORS[door](helper, consent)
    less = update(agent_link).values(scopes="view")
    meanwhile(
        monkeypatch,
        lambda: bank.unit_of_work(lambda work: work.connection.execute(less)),
    )
    answer = helper.send(form)
    assert answer.status_code == 403
    assert "has not allowed" in answer.text


def test_the_look_itself_is_refused_when_the_link_ends_before_it(
    bank, hanako, person, helper, monkeypatch
):
    acting(person, helper, "view")
    found = web_acting.link

    def late():
        monkeypatch.setattr(web_acting, "link", found)
        link = found()
        end_by_person(bank, hanako, link.link_id)
        return link

    monkeypatch.setattr(web_acting, "link", late)
    assert helper.client.get("/data").status_code == 403
    assert not any(each.get("reasons") == "agent.data" for each in told(bank, hanako))
