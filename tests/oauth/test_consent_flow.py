"""The person's side and the sample recipient, on the real application and bank."""

import html
import json
import re
from datetime import date, timedelta
from functools import partial
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from consent import instruction_register, ledger
from consent.instructions import Stance, StandingInstruction
from consent.oauth import clients, grants, tokens
from consent.oauth.clients import ClientState
from pds.accounts import service as accounts
from pds.accounts.agents import acts, links
from pds.accounts.agents.links import AgentEnding, AgentScope
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.cli.demo import sample
from pds.cli.demo.organisations import COACH
from pds.core.clock import tokyo_day
from pds.rights import agents
from pds.web import acting
from pds.web.app import create_app
from tests.clearing import suspend
from tests.demo.worlds import establish_coach
from tests.oauth.visitors import Browser, Session, boxes, deposit, sign_up, withdraw


@pytest.fixture
def example():
    return sample.load()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, prepared, tmp_path):
    """A bank in which the board has approved all texts and the first recipient."""
    with prepared.copy(establish_coach, request.param, tmp_path) as (url, _nothing):
        yield url


@pytest.fixture
def app(bank):
    app = create_app(bank)
    app.testing = True
    return app


@pytest.fixture
def recipient(app, bank, example):
    made = example.Recipient(
        bank.settings.issuer,
        COACH.client_id,
        COACH.redirect_uri,
        session=Session(app, bank.settings.issuer),
        clock=lambda: bank.clock.now().timestamp(),
    )
    bank.unit_of_work(
        lambda work: clients.replace_keys(work, COACH.client_id, made.jwks())
    )
    return made


@pytest.fixture
def owner(bank):
    return sign_up(bank)


@pytest.fixture
def browser(app, bank, owner):
    return Browser(app, bank, owner)


@pytest.fixture
def details(clock):
    return COACH.provision(clock.now())


def answered(response):
    parts = urlsplit(response.location)
    assert response.status_code == 303
    assert response.location.startswith(COACH.redirect_uri + "?")
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_the_sample_recipient_completes_the_flow(
    recipient, browser, bank, owner, details
):
    page = browser.open(recipient.authorize(details))
    back = browser.decide(page, "give", category=["health.sleep"])
    issued = recipient.callback(back.location)

    assert issued["token_type"] == "DPoP"
    granted = issued["authorization_details"][0]
    assert granted["categories"] == ["health.sleep"]
    with bank.read() as snap:
        state = tokens.present(snap, issued["access_token"])
        assert str(state.consent_id) == granted["consent_id"]
        assert ledger.get(snap, owner, state.consent_id).state == "given"
    first = recipient.tokens["access_token"]
    assert recipient.refresh()["access_token"] != first
    recipient.revoke()
    with bank.read() as snap:
        assert not tokens.present(snap, first).is_alive(snap.now)
        assert not grants.find(snap, owner, state.grant_id).is_alive(snap.now)


def test_the_page_says_everything_and_ticks_nothing(
    recipient, browser, bank, owner, details
):
    deposit(bank, owner)

    page = browser.open(recipient.authorize(details))

    assert page.status_code == 200
    assert "Genki Coach Inc." in page.text
    assert "They erase it within 90 days of receiving it." in page.text
    assert "erase it within 7 days" in page.text
    assert "Japan" in page.text
    assert "Weekly advice" in page.text
    assert "Matching records now: 1" in page.text
    assert "&#34;value&#34;:7.10" in page.text
    assert boxes(page) == [
        "health.vital.blood-pressure",
        "health.activity.steps",
        "health.sleep",
        "purchase.receipt",
    ] or set(boxes(page)) == set(COACH.categories)
    assert not re.search(r"<input[^>]* checked", page.text)
    give, refuse = (
        re.search(rf'<button class="([^"]+)"[^>]*value="{answer}"', page.text)[1]
        for answer in ("give", "refuse")
    )
    assert give == refuse
    assert "利用目的" in browser.open(recipient.authorize(details), "ja").text


def test_the_page_says_the_own_records_in_words(
    recipient, browser, bank, owner, details
):
    deposit(bank, owner)

    page = browser.open(recipient.authorize(details))

    assert "Sleep</strong> – 1 record<" in page.text
    assert "These are all:" in page.text
    assert page.text.count("You have no record of this kind in these days.") == 3
    certified = page.text.index("Privacy Mark, number 99000001")
    assert certified < page.text.index('name="decision"')
    assert 'href="/home">Decide later</a>' in page.text
    assert "You already gave" not in page.text


def test_a_receipt_names_what_was_bought(recipient, browser, bank, owner, details):
    lines = [
        {"kind": "item", "description": name}
        for name in ("milk", "bread", "tea", "rice", "salt")
    ]
    deposit(
        bank,
        owner,
        category="purchase.receipt",
        payload_schema="receipt/1",
        header={"shop": "Corner Shop", "value": "980", "unit": "JPY"},
        payload=json.dumps({"lines": lines}).encode(),
    )

    page = browser.open(recipient.authorize(details))

    assert "Corner Shop (milk, bread, tea and 2 other things)" in page.text
    assert "<strong>980 yen</strong>" in page.text


def test_a_second_consent_for_the_same_is_never_given_in_silence(
    recipient, browser, bank, owner, details
):
    page = browser.open(recipient.authorize(details))
    recipient.callback(browser.decide(page, "give").location)
    (earlier,) = recipient.tokens["authorization_details"]

    again = browser.open(recipient.authorize(details))

    assert "You already gave this recipient a consent for this purpose." in again.text
    assert f'href="/consents/{earlier["consent_id"]}"' in again.text
    withdraw(bank, owner, recipient)
    last = browser.open(recipient.authorize(details))
    assert "You already gave" not in last.text


def test_the_sample_recipient_fetches_until_the_consent_is_withdrawn(
    recipient, browser, bank, owner, details, example
):
    deposit(bank, owner)
    page = browser.open(recipient.authorize(details))
    recipient.callback(browser.decide(page, "give").location)

    fetched = recipient.fetch(limit=1)

    assert [each["category"] for each in fetched.records()] == ["health.sleep"]
    assert len(fetched.receipts) == len(fetched.pages)
    withdraw(bank, owner, recipient)
    with pytest.raises(example.RecipientError) as refused:
        recipient.fetch()
    assert refused.value.status == 401


def test_p16_only_the_consent_page_lets_its_form_answer_with_the_redirect(
    recipient, browser, details
):
    page = browser.open(recipient.authorize(details))
    other = browser.http.get("/login")

    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:9001;" in policy
    assert "form-action 'self';" in other.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_p15_a_page_may_be_loaded_again_and_again_until_it_is_answered(
    recipient, browser, clock, details
):
    address = recipient.authorize(details)
    for _ in range(3):
        page = browser.open(address)
    clock.advance(timedelta(minutes=4))
    page = browser.open(address)

    back = browser.decide(page, "give")

    assert "code" in answered(back)
    assert browser.open(address).status_code == 404
    assert browser.decide(page, "give").status_code == 404


def test_a_refusal_goes_back_with_state_and_iss(recipient, browser, bank, details):
    page = browser.open(recipient.authorize(details))

    answer = answered(browser.decide(page, "refuse", category=None))

    assert answer["error"] == "access_denied"
    assert answer["state"] == recipient.pending["state"]
    assert answer["iss"] == bank.settings.issuer
    assert browser.decide(page, "give").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"category": None},
        {"category": ["health.lab"]},
        {"decision": "perhaps"},
        {"detail": "answer"},
        {"first_day": "2020-01-01"},
        {"first_day": "yesterday"},
        {"last_day": "2099-01-01"},
    ],
)
def test_a_wrong_choice_is_shown_again_and_burns_nothing(
    recipient, browser, details, changes
):
    page = browser.open(recipient.authorize(details))

    again = browser.decide(page, **{"decision": "give", **changes})

    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert "code" in answered(browser.decide(page, "give"))


@pytest.mark.parametrize("forged", [None, "", "0" * 64])
def test_a_yes_to_another_notice_shows_the_page_again_and_burns_nothing(
    recipient, browser, bank, owner, details, forged
):
    page = browser.open(recipient.authorize(details))

    again = browser.decide(page, "give", notice=forged)

    assert again.status_code == 409
    assert "have changed since you opened this page" in again.text
    with bank.read() as snap:
        assert ledger.every(snap, owner) == []
    assert "code" in answered(browser.decide(again, "give"))


def test_the_person_looks_at_sums_before_giving_them(
    recipient, browser, bank, owner, clock, details
):
    yesterday = tokyo_day(clock.now()) - 1
    for n in range(2):
        deposit(
            bank,
            owner,
            first_day=yesterday,
            last_day=yesterday,
            header={"concept": "sleep_duration", "unit": "h", "value": "7.5"},
            dedupe=b"%d" % n,
        )
    page = browser.open(recipient.authorize(details))
    assert 'name="decision" value="look"' in page.text

    looked = browser.decide(page, "look", category=["health.sleep"], detail="day")

    assert looked.status_code == 200
    told = "2 records summed up <strong>Sleep duration 15.0 hours</strong>"
    assert told in looked.text
    assert "&#34;schema&#34;:&#34;sum/1&#34;" in looked.text
    assert "These sums exactly as they would go" in looked.text
    assert re.search(r'value="health.sleep" checked', looked.text)
    assert re.search(r'<option value="day" selected', looked.text)
    back = browser.decide(looked, "give", category=["health.sleep"], detail="day")
    granted = recipient.callback(back.location)["authorization_details"][0]
    assert granted["detail"] == "day"
    (row,) = recipient.fetch().records()
    assert row["payload"]["measures"][0]["sum"] == "15.0"


def test_the_page_shows_the_answer_and_nothing_to_narrow(
    recipient, browser, bank, owner, details
):
    asked = details | {
        "categories": ["health.sleep"],
        "detail": "answer",
        "question": "sleep.mean-7-hours",
    }

    page = browser.open(recipient.authorize(asked))

    assert "Slept at least 7 hours on average in the last 30 days?" in page.text
    assert "<strong>Unknown</strong>" in page.text
    assert "up to 1 a day" in page.text
    assert 'name="first_day"' not in page.text
    back = browser.decide(page, "give", category=["health.sleep"])
    recipient.callback(back.location)
    (answer,) = recipient.fetch().records()
    assert answer["payload"]["answer"] == "unknown"
    assert html.unescape(page.text).count(json.dumps(answer, separators=(",", ":")))


def test_looking_with_a_wrong_day_is_said(recipient, browser, details):
    page = browser.open(recipient.authorize(details))

    again = browser.decide(page, "look", category=None, first_day="yesterday")

    assert again.status_code == 422
    assert 'role="alert"' in again.text


def test_the_person_may_narrow_window_and_end(recipient, browser, clock, details):
    page = browser.open(recipient.authorize(details))
    today = clock.now().date()

    back = browser.decide(
        page,
        "give",
        category=["health.activity.steps"],
        first_day=(today - timedelta(days=7)).isoformat(),
        last_day=(today + timedelta(days=7)).isoformat(),
    )

    granted = recipient.callback(back.location)["authorization_details"][0]
    assert granted["window"]["from"] == (today - timedelta(days=7)).isoformat()
    assert granted["access"]["until"].startswith(
        (today + timedelta(days=7)).isoformat()
    )


def test_without_a_login_the_person_is_asked_for_one(recipient, browser, details):
    address = recipient.authorize(details)
    browser.http.delete_cookie("session")

    sent = browser.open(address)

    assert sent.status_code == 303
    target = urlsplit(sent.location)
    assert target.path == "/login"
    assert parse_qs(target.query)["next"][0].startswith("/oauth/authorize?")


def test_an_old_login_is_repeated_before_showing_and_before_deciding(
    recipient, browser, clock, details
):
    address = recipient.authorize(details)
    page = browser.open(address)
    clock.advance(timedelta(minutes=5, seconds=1))

    for sent in (browser.open(address), browser.decide(page, "give")):
        assert sent.status_code == 303
        assert urlsplit(sent.location).path == "/login/again"


def test_staff_cannot_consent(recipient, browser, bank, details):
    address = recipient.authorize(details)
    wish = SignUp(
        login="staff", password_hash="not used", name="Staff", role=Role.OPERATOR
    )
    pepper = bank.secret("login-pepper")
    browser.log_in(bank.unit_of_work(lambda work: accounts.sign_up(work, pepper, wish)))

    assert browser.open(address).status_code == 403


def test_unknown_requests_and_addresses_never_redirect(
    recipient, browser, bank, clock, details
):
    address = recipient.authorize(details)
    known = dict(parse_qs(urlsplit(address).query))
    for query in (
        "",
        "client_id=x",
        f"client_id=x&request_uri={known['request_uri'][0]}",
        f"client_id={COACH.client_id}&request_uri=urn:x",
        f"client_id=%00&request_uri={known['request_uri'][0]}",
        f"{urlsplit(address).query}&client_id=x",
        "response_type=code&client_id=x&redirect_uri=https://evil.example/",
    ):
        answer = browser.http.get(f"/oauth/authorize?{query}")
        assert answer.status_code == 404
        assert answer.location is None
    clock.advance(timedelta(seconds=91))
    assert browser.open(address).status_code == 404


def test_a_client_suspended_meanwhile_is_denied(recipient, browser, bank, details):
    address = recipient.authorize(details)
    bank.unit_of_work(
        lambda work: clients.set_state(work, COACH.client_id, ClientState.SUSPENDED)
    )

    assert answered(browser.open(address))["error"] == "access_denied"


def test_a_suspended_recipient_is_refused_at_the_push_and_at_the_page(
    recipient, browser, bank, details, example
):
    address = recipient.authorize(details)
    bank.unit_of_work(lambda work: suspend(work, COACH.recipient_id))

    assert answered(browser.open(address))["error"] == "access_denied"
    with pytest.raises(example.RecipientError) as refused:
        recipient.authorize(details)
    assert refused.value.code == "invalid_authorization_details"


def test_a_withdrawn_consent_gives_no_new_token(
    recipient, browser, bank, owner, details, example
):
    page = browser.open(recipient.authorize(details))
    recipient.callback(browser.decide(page, "give").location)
    withdraw(bank, owner, recipient)

    with pytest.raises(example.RecipientError) as refused:
        recipient.refresh()
    assert refused.value.code == "invalid_grant"


def test_a_forged_form_is_refused(app, bank, recipient, browser, details):
    page = browser.open(recipient.authorize(details))

    forged = browser.decide(page, "give", csrf_token="forged")

    assert forged.status_code == 400
    assert "code" in answered(browser.decide(page, "give"))


def test_the_published_documents_are_readable(app):
    http = app.test_client()
    for path in (
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/api/v1",
        "/oauth/jwks",
    ):
        answer = http.get(path)
        assert answer.status_code == 200
        assert answer.content_type == "application/json"
        assert '"d"' not in answer.text


def test_p20_limits_are_counted_together_and_fail_closed(app):
    http = app.test_client()

    answer = http.post("/oauth/token", data={})

    assert answer.status_code == 400
    assert int(answer.headers["X-RateLimit-Limit"]) == 1200
    assert int(answer.headers["X-RateLimit-Remaining"]) == 1199


@pytest.mark.parametrize("answer", ["give", "refuse"])
def test_an_agents_answer_on_its_way_ends_with_the_link(
    recipient, browser, bank, owner, details, monkeypatch, answer
):
    agent, link = agent_of(bank, owner)
    browser.log_in(agent)
    with browser.http.session_transaction() as form:
        form["acting"] = f"{agent} {link.link_id}"
    page = browser.open(recipient.authorize(details))
    assert "You act for" in page.text
    guard = acting.represent

    def late(*scopes):
        guard(*scopes)
        end = partial(agents.end, owner=owner, link_id=link.link_id)
        bank.unit_of_work(partial(end, ending=AgentEnding.PERSON, actor="person"))

    monkeypatch.setattr(acting, "represent", late)
    assert browser.decide(page, answer).status_code == 403
    with bank.read() as snap:
        assert ledger.every(snap, owner) == []


def agent_of(bank, owner):
    wish = SignUp(
        login="haruko", password_hash="-", name="Haruko", birth_date=date(1970, 1, 1)
    )

    def act(work):
        agent = accounts.sign_up(work, bytes(32), wish)
        until, scopes = work.now + timedelta(days=9), [AgentScope.CONSENTS]
        made = acts.invite(work, bytes(32), owner, "code", scopes=scopes, until=until)
        acts.accept(work, bytes(32), agent, "code")
        acts.confirm(work, owner, made)
        return agent, links.get(work, owner, made)

    return bank.unit_of_work(act)


def test_what_the_person_never_gives_is_not_put_to_the_choice(
    recipient, browser, bank, owner, details
):
    never = StandingInstruction(
        instruction_id=UUID(int=0),
        version=1,
        stance=Stance.NEVER,
        recipient_classes=(),
        recipients=(COACH.recipient_id,),
        purposes=(),
        categories=(),
        vocabulary=1,
        made_at=bank.clock.now(),
    )
    page = browser.open(recipient.authorize(details))
    bank.unit_of_work(lambda work: instruction_register.save(work, owner, never))

    forbidden = browser.decide(page, "give")

    assert forbidden.status_code == 422
    assert 'value="give"' not in forbidden.text
    assert "/instructions" in forbidden.text
    # The recipient learns no more than from any other refusal.
    answer = answered(browser.decide(page, "refuse", category=None))
    assert answer["error"] == "access_denied"
    assert "error_description" not in answer or "never" not in str(answer)
