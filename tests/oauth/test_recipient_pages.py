"""The sample recipient's pages, clicked through against the real application."""

import importlib
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from sqlalchemy import select

from consent.oauth import clients
from pds.cli.demo import sample
from pds.cli.demo.organisations import COACH
from pds.oversight.tables import sent_receipt
from pds.web.app import create_app
from tests.demo.worlds import establish_coach
from tests.oauth.visitors import Browser, Session, deposit, sign_up, withdraw


class Line(Session):
    """The recipient's way to the bank, on which a test may sit."""

    def __init__(self, app, issuer):
        super().__init__(app, issuer)
        self.meddle = lambda _address, answer: answer

    def get(self, address, **options):
        return self.meddle(address, super().get(address, **options))


class Visitor:
    """A browser on the recipient's pages."""

    def __init__(self, app, language="en"):
        self.http = app.test_client()
        self.headers = {"Accept-Language": language}

    def home(self):
        return self.http.get("/", headers=self.headers)

    def press(self, path, **changes):
        token = re.search(r'name="form_token" value="([^"]+)"', self.home().text)[1]
        return self.http.post(path, data={"form_token": token, **changes})

    def comes_back(self, location):
        parts = urlsplit(location)
        sent = self.http.get(f"{parts.path}?{parts.query}")
        assert (sent.status_code, sent.location) == (303, "/")
        return self.home()


@pytest.fixture(params=["sqlite", "postgres"])
def established(request, prepared, tmp_path):
    """The URL of a bank with the first recipient, and the id of its offer."""
    with prepared.copy(establish_coach, request.param, tmp_path) as copied:
        yield copied


@pytest.fixture
def database_url(established):
    return established[0]


@pytest.fixture
def app(bank):
    app = create_app(bank)
    app.testing = True
    return app


@pytest.fixture
def owner(bank):
    made = sign_up(bank)
    deposit(bank, made)
    return made


@pytest.fixture
def line(app, bank):
    return Line(app, bank.settings.issuer)


@pytest.fixture
def made():
    """Every client that the pages have made, in order."""
    return []


@pytest.fixture
def coach(bank, established, line, made):
    example = sample.load()
    key = example.SigningKey.generate()
    bank.unit_of_work(
        lambda work: clients.replace_keys(work, COACH.client_id, key.key_set())
    )

    def recipient():
        made.append(
            example.Recipient(
                bank.settings.issuer,
                COACH.client_id,
                COACH.redirect_uri,
                client_key=key,
                session=line,
                clock=lambda: bank.clock.now().timestamp(),
            )
        )
        return made[-1]

    web = importlib.import_module("genki_coach.web")
    app = web.create_app(recipient, str(established[1]))
    app.testing = True
    return app


@pytest.fixture
def visitor(coach):
    return Visitor(coach)


@pytest.fixture
def person(app, bank, owner):
    return Browser(app, bank, owner)


@pytest.fixture
def connected(visitor, person):
    sent = visitor.press("/connect")
    back = person.decide(person.open(sent.location), "give")
    assert "Connected." in visitor.comes_back(back.location).text
    return visitor


def test_it_asks_for_what_its_offer_says(clock):
    sample.load()
    ask = importlib.import_module("genki_coach.ask")

    asked = ask.details("an-offer", clock.now())

    assert asked == COACH.provision(clock.now(), "an-offer")


def test_a_visitor_connects_and_sees_data_grant_and_proof(visitor, person, bank):
    sent = visitor.press("/connect")
    page = person.open(sent.location)
    back = person.decide(page, "give", category=["health.sleep"])

    shown = visitor.comes_back(back.location).text

    assert sent.status_code == 303
    assert re.search(r'<th scope="row">Sleep</th><td class="number">1</td>', shown)
    assert "<td>Sleep</td><td>given</td>" in shown
    assert "<td>Purchases</td><td>not given</td>" in shown
    assert "✓ fits its digest and receipt" in shown
    assert "Connected." not in visitor.home().text


def test_fetching_again_renews_what_has_run_out(connected, clock, made):
    first = made[-1].tokens["access_token"]
    clock.advance(timedelta(seconds=made[-1].tokens["expires_in"]))

    assert connected.press("/fetch").status_code == 303

    assert "Fetched again." in connected.home().text
    assert made[-1].tokens["access_token"] != first


def kept(bank):
    with bank.read() as snap:
        rows = snap.connection.execute(select(sent_receipt)).all()
    return [(each.recipient_id, each.finding) for each in rows]


def test_receipts_go_back_and_wait_while_they_cannot(
    connected, bank, line, made, monkeypatch
):
    assert kept(bank) == [(COACH.recipient_id, "")]

    def no_receipts(address, **options):
        if address.endswith("/receipts"):
            raise requests.ConnectionError
        return Session.post(line, address, **options)

    with monkeypatch.context() as cut:
        cut.setattr(line, "post", no_receipts)
        connected.press("/fetch")
    assert "Fetched again." in connected.home().text
    assert [len(each.unsent) for each in made if each.tokens] == [1]

    connected.press("/fetch")

    assert [each.unsent for each in made if each.tokens] == [[]]
    assert kept(bank) == [(COACH.recipient_id, "")] * 3


def test_after_withdrawal_the_refusal_is_said_and_the_data_is_gone(
    connected, bank, owner, made
):
    withdraw(bank, owner, made[-1])

    connected.press("/fetch")
    shown = connected.home().text

    assert "The bank refused: the consent was withdrawn" in shown
    assert "401" in shown
    assert "Connect my information bank" in shown
    assert made[-1].tokens == {}


def test_a_refused_renewal_ends_it_as_well(connected, bank, owner, clock, made):
    withdraw(bank, owner, made[-1])
    clock.advance(timedelta(seconds=made[-1].tokens["expires_in"]))

    connected.press("/fetch")

    assert "invalid_grant" in connected.home().text
    assert made[-1].tokens == {}


def test_disconnecting_ends_the_grant_and_deletes(connected, line, made):
    token = made[-1].tokens["access_token"]

    connected.press("/disconnect")

    assert "Disconnected." in connected.home().text
    made[-1].tokens = {"access_token": token}
    with pytest.raises(sample.load().RecipientError) as refused:
        made[-1].fetch()
    assert refused.value.status == 401


def test_a_no_is_taken_as_one(visitor, person):
    page = person.open(visitor.press("/connect").location)
    back = person.decide(page, "refuse", category=None)

    assert "You did not agree" in visitor.comes_back(back.location).text


@pytest.mark.parametrize(
    "change",
    [
        {"state": ["someone-elses"]},
        {"iss": ["https://evil.example"]},
        {"iss": []},
        {"state": [], "error": ["access_denied"]},
    ],
)
def test_a_wrong_answer_is_not_redeemed_and_the_right_one_still_counts(
    visitor, person, change, made
):
    page = person.open(visitor.press("/connect").location)
    back = urlsplit(person.decide(page, "give").location)
    wrong = urlencode({**parse_qs(back.query), **change}, doseq=True)

    shown = visitor.comes_back(f"{back.path}?{wrong}").text

    assert "does not belong to a request of ours" in shown
    assert made[-1].tokens == {}
    assert "Connected." in visitor.comes_back(back.geturl()).text


def test_a_replayed_answer_and_one_in_another_browser_are_not_believed(
    coach, visitor, person
):
    page = person.open(visitor.press("/connect").location)
    back = person.decide(page, "give").location
    other = Visitor(coach)

    assert "does not belong" in other.comes_back(back).text
    assert "Connected." in visitor.comes_back(back).text
    assert "does not belong" in visitor.comes_back(back).text
    assert visitor.press("/fetch").status_code == 303


def test_a_changed_body_is_thrown_away(connected, line):
    def meddle(address, answer):
        if "/records" in address and answer.status_code == 200:
            answer.content = answer.content.replace(b"7.10", b"9.99")
        return answer

    line.meddle = meddle
    connected.press("/fetch")
    shown = connected.home().text

    assert "does not fit its proof" in shown
    assert "not the one that was digested" in shown


def test_a_receipt_of_another_log_is_not_taken(visitor, person, line):
    other = "bank.example/log+4b0b0f64+AVUXU5vXQYzM2lFEXoCIqQ2wSPPEXpCsbL6r7qbLfmSZ"

    def meddle(address, answer):
        if address.endswith("/log/vkey"):
            answer.text = other
        return answer

    line.meddle = meddle
    page = person.open(visitor.press("/connect").location)
    shown = visitor.comes_back(person.decide(page, "give").location).text

    assert "The receipt does not hold" in shown
    assert "fits its digest" not in shown


def test_a_dead_line_and_a_full_day_are_said(connected, line):
    for _ in range(COACH.max_per_day - 1):
        connected.press("/fetch")
    connected.press("/fetch")
    assert "as often today as was agreed" in connected.home().text

    def dead(_address, _answer):
        raise requests.ConnectionError("no line")

    line.meddle = dead
    connected.press("/fetch")
    shown = connected.home().text
    assert "The bank does not answer." in shown
    assert "fits its digest" in shown


def test_forms_count_only_from_the_page_that_was_shown(coach, visitor):
    assert visitor.press("/connect", form_token="other").status_code == 400
    assert Visitor(coach).http.post("/connect").status_code == 400
    assert visitor.press("/fetch").status_code == 400
    assert visitor.press("/disconnect").status_code == 400


def test_pages_allow_no_script_and_nothing_foreign(visitor, bank):
    page = visitor.home()
    policy = page.headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert policy.endswith(f"form-action 'self' {bank.settings.issuer}")
    assert "script" not in page.text
    assert " style=" not in page.text
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("genki_coach=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    with visitor.http.get("/static/coach.css") as style:
        assert style.status_code == 200


def test_the_pages_speak_japanese_first(coach):
    for language in ("ja", "fr"):
        page = Visitor(coach, language).home()
        assert '<html lang="ja">' in page.text
        assert "情報銀行とつなぐ" in page.text


def test_steps_are_drawn_and_spending_is_summed():
    sample.load()
    summary = importlib.import_module("genki_coach.summary")

    def record(category, day, payload):
        said = {"category": category, "first_day": day, "payload": payload}
        return {**said, "schema": f"{category}/1"}

    steps = {"valueQuantity": {"value": 4000}}
    receipt = json.loads('{"totals": {"total": "430"}}')
    records = [
        record("health.activity.steps", "2026-04-02", steps),
        record("health.activity.steps", "2026-04-01", steps),
        record("purchase.receipt", "2026-04-01", receipt),
        record("purchase.receipt", "2026-04-09", receipt),
        record("purchase.receipt", "2026-03-09", receipt),
    ]

    days = summary.steps_by_day(records)
    months = summary.spent_by_month(records)

    assert days == [("2026-04-01", 4000), ("2026-04-02", 4000)]
    assert [(month, int(yen)) for month, yen in months] == [
        ("2026-03", 430),
        ("2026-04", 860),
    ]
