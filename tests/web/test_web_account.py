"""Passkeys, recovery codes, passwords and sessions, as pages and their script."""

import json
import re
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pytest

from pds.accounts.roles import Role
from pds.core.settings import Settings
from pds.web.app import create_app
from tests.accounts.software_authenticator import Authenticator
from tests.web.conftest import sign_up
from tests.web.portal import PASSWORD, Portal

JSON = {"Accept": "application/json", "Accept-Language": "en"}
CODE = re.compile(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")


class Script:
    """Does what the script of the pages does, with an authenticator in software."""

    def __init__(self, visitor: Portal, device: Authenticator | None = None) -> None:
        self.visitor = visitor
        self.device = device or Authenticator()

    def on(self, page, kind):
        """Read what a page offers to the script."""
        text = page.response.text
        box = re.search(rf'data-passkey="{kind}"[^>]*>', text)
        assert box
        found = dict(re.findall(r'data-(\w+)="([^"]*)"', box[0]))
        return found["options"], found["answer"], found["token"]

    def send(self, address, token, body):
        data = body if isinstance(body, bytes) else json.dumps(body)
        headers = JSON | {"X-CSRFToken": token, "Content-Type": "application/json"}
        base = self.device.origin.replace(":8000", "")
        if base.startswith("https"):
            headers |= {"Referer": f"{base}/"}
        return self.visitor.client.post(address, data=data, headers=headers)

    def run(self, page, kind, **extra):
        options, answer, token = self.on(page, kind)
        asked = self.send(options, token, {})
        assert asked.status_code == 200, asked.text
        act = self.device.create if kind == "register" else self.device.get
        return self.send(answer, token, act(asked.json) | extra)

    def register(self, label="phone"):
        page = self.visitor.get("/account/passkeys/new")
        return self.run(page, "register", label=label)


@pytest.fixture
def script(person):
    found = Script(person)
    found.register()
    return found


def test_the_first_passkey_leads_to_recovery_codes(person):
    done = Script(person).register("my   phone\x00")

    assert done.json == {"next": "/account/codes"}
    page = person.get("/account/codes")
    shown = person.post(page.form_to("/codes"), 200)
    assert len(set(CODE.findall(shown.response.text))) == 10
    security = person.get("/account")
    assert "my phone" in security.text
    assert "A passkey was registered." in security.text
    assert "You have 10 unused codes." in security.text
    assert not CODE.search(security.response.text)
    assert Script(person).register("").json == {"next": "/account"}


def test_the_login_page_takes_a_passkey_and_needs_no_script(script, portal):
    visitor = portal()
    page = visitor.get("/login?next=/data")
    assert page.form_to("/login")

    done = Script(visitor, script.device).run(page, "log-in")

    assert done.json == {"next": "/data"}
    assert visitor.get("/data")


def test_a_passkey_leads_nowhere_else(script, portal):
    visitor = portal()
    page = visitor.get("/login?next=//evil.example")

    done = Script(visitor, script.device).run(page, "log-in")

    assert done.json == {"next": "/"}


def test_an_answer_of_another_browser_is_refused(script, portal):
    here, there = portal(), portal()
    options, _, token = script.on(here.get("/login"), "log-in")
    asked = Script(here).send(options, token, {})
    _, answer, token = script.on(there.get("/login"), "log-in")

    done = Script(there).send(answer, token, script.device.get(asked.json))

    assert done.status_code == 409
    assert done.json["code"] == "passkey.challenge"
    assert "Try again" in done.json["title"]


def test_the_script_needs_the_token_of_the_page(portal):
    answer = portal().client.post("/login/passkey/options", headers=JSON)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"x" * 20_000, 413), (b"{", 422), (b"[]", 422), (b"", 422), (b"[" * 9000, 422)],
)
def test_what_is_no_answer_is_refused(portal, body, status):
    visitor = portal()
    script = Script(visitor)
    _, answer, token = script.on(visitor.get("/login"), "log-in")

    assert script.send(answer, token, body).status_code == status


def test_an_answer_that_does_not_say_its_length_is_not_read_for_ever(portal):
    visitor = portal()
    _, answer, token = Script(visitor).on(visitor.get("/login"), "log-in")

    sent = visitor.client.post(
        answer,
        input_stream=BytesIO(b" " * 200_000),
        headers={**JSON, "X-CSRFToken": token, "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )

    assert sent.status_code == 413


def test_a_stale_login_is_confirmed_by_passkey(script, clock):
    person = script.visitor
    clock.advance(timedelta(minutes=6))

    again = person.follow(person.get("/copy", 303))
    done = script.run(again, "confirm")

    assert done.json == {"next": "/copy"}
    assert person.get("/copy")
    assert again.form_to("/again")


def test_confirming_needs_a_session(portal):
    visitor = portal()
    _, _, token = Script(visitor).on(visitor.get("/login"), "log-in")

    answer = Script(visitor).send("/login/again/passkey/options", token, {})

    assert answer.status_code == 401


def test_a_stale_session_registers_nothing(person, clock):
    script = Script(person)
    options, _, token = script.on(person.get("/account/passkeys/new"), "register")
    clock.advance(timedelta(minutes=6))

    answer = script.send(options, token, {})

    assert answer.status_code == 401
    assert answer.json["code"] == "web.confirm-needed"


def test_a_passkey_is_removed_after_a_question(script):
    person = script.visitor
    page = person.get("/account")
    address = next(each for each in page.links if each.endswith("/remove"))

    asked = person.get(address)
    gone = person.follow(person.post(asked.form_to("/remove")))

    assert "The passkey is removed." in gone.text
    assert "You have no passkey yet." in gone.text
    person.get(address, 404)


def test_staff_with_a_passkey_need_it(operator, portal, clock):
    script = Script(operator)
    script.register()

    other = portal()
    form = other.get("/login").form_to("/login")
    refused = other.post(form, 422, login="staff", password=PASSWORD)
    clock.advance(timedelta(minutes=6))
    again = operator.follow(operator.get("/operator/recipients/new", 303))

    assert "cannot log in with the password alone" in refused.text
    assert not [form for form in again.forms if form.action.startswith("/login/again")]
    assert script.run(again, "confirm").json == {"next": "/operator/recipients/new"}
    assert operator.get("/operator/recipients/new")


def test_acts_of_staff_need_a_fresh_proof(operator, member, auditor, clock, recipient):
    clock.advance(timedelta(minutes=6))

    asked = [
        operator.get("/operator/recipients/new", 303),
        operator.get(f"/operator/recipients/{recipient}/standing/suspend", 303),
        operator.get(f"/operator/recipients/{recipient}/contract", 303),
        operator.get(f"/operator/recipients/{recipient}/clients/new", 303),
        member.get(f"/board/recipient/{recipient}", 303),
        member.get(f"/board/recipient/{recipient}/stop", 303),
        auditor.get("/auditor/export", 303),
    ]

    places = [page.response.headers["Location"] for page in asked]
    assert all(place.startswith("/login/again?next=/") for place in places)
    assert places[-1] == "/login/again?next=/auditor"
    assert operator.get(f"/operator/recipients/{recipient}")


def test_a_form_that_took_long_to_fill_in_is_not_lost(member, clock, recipient):
    form = member.get(f"/board/recipient/{recipient}/stop").form_to("/stop")
    for _ in range(2):
        clock.advance(timedelta(minutes=9))
        member.get("/board")

    assert member.post(form).response.headers["Location"] == "/board"


def test_a_form_that_is_too_old_leads_to_the_confirmation(member, clock, recipient):
    page = member.get(f"/board/recipient/{recipient}/stop")
    for _ in range(3):
        clock.advance(timedelta(minutes=9))
        member.get("/board")

    answer = member.post(page.form_to("/stop"))

    assert answer.response.headers["Location"].startswith("/login/again")


def test_a_recovery_code_leads_to_the_security_page(person, portal):
    made = person.post(person.get("/account/codes").form_to("/codes"), 200)
    code = CODE.findall(made.response.text)[0]
    visitor = portal()
    form = visitor.get("/login/recover").form_to("/recover")

    wrong = visitor.post(form, 422, login="hanako", code="2222-2222-2222-2222")
    empty = visitor.post(form, 422)
    done = visitor.post(form, login="hanako", code=code)

    assert "2222" not in wrong.response.text
    assert {"#login", "#code"} <= set(empty.links)
    assert done.response.headers["Location"] == "/account"
    page = visitor.follow(done)
    assert "Somebody logged in with a recovery code." in page.text
    assert visitor.get("/account/passkeys/new")


def test_guesses_of_one_address_are_stopped(portal):
    visitor = portal()
    form = visitor.get("/login/recover").form_to("/recover")

    answers = [
        visitor.send(form, login=f"n{n}", code="x").status_code for n in range(21)
    ]

    assert answers == [422] * 20 + [429]


def test_the_password_is_changed_on_its_page(person, portal):
    other = portal("hanako")
    form = person.get("/account/password").form_to("/password")

    differ = person.post(form, 422, password=PASSWORD, password_again="x")
    weak = person.post(form, 422, password="short", password_again="short")
    new = "another sentence to keep"
    done = person.follow(person.post(form, password=new, password_again=new))

    assert "#password_again" in differ.links
    assert "#password" in weak.links
    assert "The password is changed." in done.text
    assert other.get("/data", 303).response.headers["Location"].startswith("/login")
    assert portal().log_in("hanako", new).response.status_code == 303


def test_sessions_are_listed_and_closed(person, portal):
    first, second = portal("hanako"), portal("hanako")
    page = person.get("/account")
    forms = [form for form in page.forms if "/account/sessions/" in form.action]
    assert len(forms) == 3

    page = person.follow(person.post(forms[0]))
    assert "The session is closed." in page.text
    left = [
        each for each in (first, second) if each.client.get("/home").status_code == 200
    ]
    assert len(left) == 1
    person.post(page.form_to("/sessions/close"))

    assert left[0].get("/home", 303)
    assert person.get("/home")


@pytest.mark.parametrize("path", ["", "/passkeys/new", "/codes", "/password"])
def test_every_page_speaks_japanese_to_every_role(bank, portal, path, recipient):
    for role in Role:
        sign_up(bank, f"the-{role}", role)
        assert portal(f"the-{role}", "ja").get(f"/account{path}").language == "ja"


@pytest.fixture
def public(bank, settings):
    """Make visitors of the bank as it stands behind https."""
    values = {
        name: getattr(settings, name) for name in Settings.__dataclass_fields__
    } | {"issuer": "https://bank.example"}
    real, bank.settings = bank.settings, Settings(**values)
    client = create_app(bank).test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    client.environ_base["HTTP_REFERER"] = "https://bank.example/"
    client.environ_base["HTTP_HOST"] = "bank.example"
    yield Portal(client)
    bank.settings = real


def test_elsewhere_than_localhost_staff_first_register(bank, public):
    sign_up(bank, "staff", Role.OPERATOR)
    public.log_in("staff")

    for path in ("/", "/operator", "/account", "/account/codes", "/account/password"):
        place = public.get(path, 303).response.headers["Location"]
        assert place == "/account/passkeys/new"
    assert "Your role needs a passkey." in public.get("/account/passkeys/new").text
    device = Authenticator(origin="https://bank.example", rp_id="bank.example")
    assert Script(public, device).register().json == {"next": "/account/codes"}

    assert public.get("/operator")
    page = public.get("/account")
    assert "It is your last one" in page.text


def test_the_last_passkey_of_staff_stays(bank, public):
    sign_up(bank, "staff", Role.OPERATOR)
    public.log_in("staff")
    device = Authenticator(origin="https://bank.example", rp_id="bank.example")
    Script(public, device).register()
    with bank.read() as snap:
        row = snap.connection.exec_driver_sql("SELECT credential_id FROM passkey")
        credential = bytes(row.scalar_one())
    reference = sha256(credential).hexdigest()[:32]
    path = f"/account/passkeys/{reference}/remove"

    asked = public.get(path)
    token = asked.form_to("/logout").fields["csrf_token"]
    answer = public.client.post(path, data={"csrf_token": token})

    assert "Register another one first." in asked.text
    assert answer.status_code == 409


def test_persons_go_on_with_their_password_anywhere(hanako, public):
    public.log_in("hanako")

    assert public.get("/home")
