"""What surrounds every page: guards, forgery protection, headers, limits, errors."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import Blueprint, Flask
from limits.errors import StorageError
from sqlalchemy.exc import OperationalError

from pds.accounts import sessions as kept
from pds.accounts.roles import Role
from pds.core.clock import SystemClock
from pds.core.errors import BankError, Kind, Unavailable
from pds.core.settings import Settings
from pds.web import app as application
from pds.web import guards, headers, limits, problems
from pds.web.app import create_app
from tests.web.conftest import sign_up
from tests.web.portal import Portal

ROLES = ("stranger", "person", "operator", "board", "auditor", "recipient")
OPEN = dict.fromkeys(ROLES, "in")


def only(role: str) -> dict[str, str]:
    return {**dict.fromkeys(ROLES, "out"), "stranger": "login", role: "in"}


SESSION = {**OPEN, "stranger": "login"}
PERSON, OPERATOR, BOARD, AUDITOR, OF_RECIPIENT = map(only, ROLES[1:])
APPROVER = {**OPERATOR, "board": "in"}
SEATED = {**BOARD, "board": "out"}  # an account of the role alone gives no seat
OAUTH_PAGE = {**dict.fromkeys(ROLES, "in")}

MATRIX = {
    "account.ask_codes": SESSION,
    "account.ask_password": SESSION,
    "account.ask_remove": SESSION,
    "account.change_password": SESSION,
    "account.close_others": SESSION,
    "account.close_session": SESSION,
    "account.make_codes": SESSION,
    "account.remove": SESSION,
    "account.show": SESSION,
    "api-docs.openapi_json": OPEN,
    "api.Cohort": OPEN,
    "api.OfMember": OPEN,
    "api.ReceiptsOfConsent": OPEN,
    "api.Statistics": OPEN,
    "api.Incidents": OPEN,
    "api.Receipts": OPEN,
    "api.Statements": OPEN,
    "api.Records": OPEN,
    "api.Transfers": OPEN,
    "api.Views": OPEN,
    "api.Emergency": OPEN,
    "emergency.show": PERSON,
    "emergency.switch_on": PERSON,
    "emergency.switch_off": PERSON,
    "emergencies.browse": APPROVER,
    "emergencies.review": APPROVER,
    "viewing.ask": OPEN,
    "viewing.open_now": OPEN,
    "approvals.approve": APPROVER,
    "approvals.browse": APPROVER,
    "approvals.refuse": APPROVER,
    "assets.favicon": OPEN,
    "auditor.browse": AUDITOR,
    "auditor.entry": AUDITOR,
    "auditor.export": AUDITOR,
    "auditor.verifier": AUDITOR,
    "auditor.overview": AUDITOR,
    "auditor.verify": AUDITOR,
    "amendments.ask_change": PERSON,
    "amendments.ask_renew": PERSON,
    "amendments.change": PERSON,
    "amendments.renew": PERSON,
    "archives.ask": PERSON,
    "archives.browse": PERSON,
    "archives.fetch": PERSON,
    "archives.send": PERSON,
    "archives.show": PERSON,
    "benefits.answer": PERSON,
    "benefits.browse": PERSON,
    "board.ask_stop": BOARD,
    "board.browse": BOARD,
    "board.confirm_condition": BOARD,
    "board.declare_conflict": SEATED,
    "board.enter_rule": SEATED,
    "board.members": BOARD,
    "board.nominate": SEATED,
    "board.propose": BOARD,
    "board.resign": SEATED,
    "board.rule": BOARD,
    "board.take_back": BOARD,
    "board.vote": BOARD,
    "board.ask_bank": BOARD,
    "board.report": BOARD,
    "operator.answer_board": OPERATOR,
    "about.handling": OPEN,
    "about.report": OPEN,
    "about.reports": OPEN,
    "about.show": OPEN,
    "about.statement": OPEN,
    "operator.enter_facts": OPERATOR,
    "operator.facts": OPERATOR,
    "public.ethics_board": OPEN,
    "public.vocabulary": OPEN,
    "incidents.browse": OPERATOR,
    "incidents.new": OPERATOR,
    "incidents.enter": OPERATOR,
    "incidents.show": OPERATOR,
    "incidents.take": OPERATOR,
    "incidents.ask_facts": OPERATOR,
    "incidents.assess": OPERATOR,
    "incidents.ask_contents": OPERATOR,
    "incidents.write": OPERATOR,
    "incidents.report": OPERATOR,
    "incidents.take_step": OPERATOR,
    "incidents.ask_persons": OPERATOR,
    "incidents.look_for": OPERATOR,
    "incidents.ask_notice": OPERATOR,
    "incidents.draft": OPERATOR,
    "incidents.tell": OPERATOR,
    "incidents.publish": OPERATOR,
    "incidents.show_delivery": OPERATOR,
    "auditor_incidents.browse": AUDITOR,
    "board_incidents.browse": BOARD,
    "auditor_incidents.show": AUDITOR,
    "board_incidents.show": BOARD,
    "auditor_incidents.take": AUDITOR,
    "board_incidents.take": BOARD,
    "announcements.browse": OPEN,
    "own_incidents.show": PERSON,
    "public.purpose_versions": OPEN,
    "public.category_versions": OPEN,
    "operator.answer_condition": OPERATOR,
    "operator.board": OPERATOR,
    "operator.constitute_board": OPERATOR,
    "operator.approve_board": OPERATOR,
    "operator.nominate": OPERATOR,
    "board.in_force": BOARD,
    "board.show": BOARD,
    "board.stop": BOARD,
    "bundles.ask": AUDITOR,
    "bundles.make": AUDITOR,
    "census.take": AUDITOR,
    "changes.ask_correct": PERSON,
    "changes.ask_delete": PERSON,
    "changes.correct": PERSON,
    "changes.delete": PERSON,
    "charts.overview": PERSON,
    "charts.show": PERSON,
    "charts.spending": PERSON,
    "closing.ask": PERSON,
    "closing.erase": PERSON,
    "consent_receipts.ask": AUDITOR,
    "consent_receipts.check": AUDITOR,
    "consents.ask_withdraw": PERSON,
    "consents.browse": PERSON,
    "consents.pause": PERSON,
    "consents.resume": PERSON,
    "consents.show": PERSON,
    "consents.withdraw": PERSON,
    "copies.ask": PERSON,
    "copies.ask_disclosures": PERSON,
    "copies.take": PERSON,
    "copies.take_disclosures": PERSON,
    "choosing.browse": OPEN,
    "rules.browse": OPEN,
    "data_sets.browse": OPEN,
    "data_sets.fetch": OPEN,
    "data_sets.show": OPEN,
    "criteria.as_csv": AUDITOR,
    "criteria.as_json": AUDITOR,
    "criteria.browse": AUDITOR,
    "criteria.document": AUDITOR,
    "criteria.show": AUDITOR,
    "data.browse": PERSON,
    "data.record": PERSON,
    "disclosures.browse": PERSON,
    "disclosures.show": PERSON,
    "enrol.ask": SESSION,
    "enrol.options": SESSION,
    "enrol.register": SESSION,
    "entry.log_in": OPEN,
    "entry.log_in_again": {**OPEN, "stranger": "login"},
    "entry.log_in_again_now": OPEN,
    "entry.log_in_now": OPEN,
    "entry.log_out": {**OPEN, **dict.fromkeys(ROLES, "login")},
    "entry.recover": OPEN,
    "entry.recover_now": OPEN,
    "entry.sign_up": OPEN,
    "entry.sign_up_now": OPEN,
    "erasures.certificate": OPEN,
    "erasures.show": OPEN,
    "events.ask": AUDITOR,
    "events.take": AUDITOR,
    "handles.ask": PERSON,
    "handles.take": PERSON,
    "health.alive": OPEN,
    "health.ready": OPEN,
    "health_links.ask": OPEN,
    "health_links.file": OPEN,
    "health_links.manifest": OPEN,
    "health_links.may_ask": OPEN,
    "health_links.open_now": OPEN,
    "shares.browse": PERSON,
    "shares.cut": PERSON,
    "shares.make": PERSON,
    "shares.new": PERSON,
    "shares.show": PERSON,
    "home.overview": PERSON,
    "imports.ask_undo": PERSON,
    "imports.browse": PERSON,
    "imports.new": PERSON,
    "imports.undo": PERSON,
    "imports.upload": PERSON,
    "inclusion.ask": PERSON,
    "inclusion.choose": PERSON,
    "instructions.browse": PERSON,
    "instructions.change": PERSON,
    "instructions.end": PERSON,
    "instructions.history": PERSON,
    "instructions.make": PERSON,
    "instructions.new": PERSON,
    "instructions.show": PERSON,
    "judgements.browse": PERSON,
    "judgements.object_to": PERSON,
    "judgements.show": PERSON,
    "log.checkpoint": OPEN,
    "log.consistency": OPEN,
    "log.inclusion": OPEN,
    "log.vkey": OPEN,
    "mandate.accept": PERSON,
    "mandate.ask_end": PERSON,
    "mandate.changes": PERSON,
    "mandate.end": PERSON,
    "mandate.show": PERSON,
    "mail_stop.ask": OPEN,
    "mail_stop.stop": OPEN,
    "message_settings.ask_address": PERSON,
    "message_settings.choose": PERSON,
    "message_settings.prove_address": PERSON,
    "message_settings.remove_address": PERSON,
    "message_settings.show": PERSON,
    "messages.browse": PERSON,
    "messages.follow": PERSON,
    "messages.read_all": PERSON,
    "metrics.show": OPEN,
    "moved.ask": PERSON,
    "moved.make": PERSON,
    "moved.proof": PERSON,
    "moved.show": PERSON,
    "narrowing.ask": PERSON,
    "narrowing.take_back": PERSON,
    "offers.browse": PERSON,
    "offers.decide": PERSON,
    "offers.show": PERSON,
    "promises.browse": AUDITOR,
    "recipient.answer_duty": OF_RECIPIENT,
    "recipient.ask_duty": OF_RECIPIENT,
    "recipient.browse_benefits": OF_RECIPIENT,
    "recipient.browse_duties": OF_RECIPIENT,
    "recipient.consents": OF_RECIPIENT,
    "recipient.deliver": OF_RECIPIENT,
    "recipient.deliveries": OF_RECIPIENT,
    "recipient.overview": OF_RECIPIENT,
    "recipient.send_again": OF_RECIPIENT,
    "oauth.authorize": OAUTH_PAGE,
    "oauth.decide": OAUTH_PAGE,
    "oauth.jwks": OPEN,
    "oauth.pushed_authorization": OPEN,
    "oauth.resource_metadata": OPEN,
    "oauth.revoke": OPEN,
    "oauth.server_metadata": OPEN,
    "oauth.token": OPEN,
    "operator.add_certificate": OPERATOR,
    "operator.announce_data_set": OPERATOR,
    "operator.ask_class": OPERATOR,
    "operator.ask_standing": OPERATOR,
    "operator.browse": OPERATOR,
    "operator.ask_check": OPERATOR,
    "operator.ask_mode": OPERATOR,
    "operator.ask_document": OPERATOR,
    "operator.documents_due": OPERATOR,
    "operator.keep_document": OPERATOR,
    "operator.open_document": OPERATOR,
    "operator.ask_country": OPERATOR,
    "operator.record_country": OPERATOR,
    "operator.end_country": OPERATOR,
    "operator.criteria": OPERATOR,
    "operator.paper": OPERATOR,
    "operator.record_check": OPERATOR,
    "operator.set_mode": OPERATOR,
    "operator.certificate": OPERATOR,
    "desk.answer": OPERATOR,
    "desk.carry_out": OPERATOR,
    "operator.change_class": OPERATOR,
    "operator.change_standing": OPERATOR,
    "desk.fetch_paper": OPERATOR,
    "desk.forward": OPERATOR,
    "desk.new": OPERATOR,
    "desk.note_source_answer": OPERATOR,
    "desk.read": OPERATOR,
    "desk.show": OPERATOR,
    "desk.browse": OPERATOR,
    "desk.step": OPERATOR,
    "desk.write": OPERATOR,
    "operator.contract": OPERATOR,
    "operator.ask_revise_offer": OPERATOR,
    "operator.draft_offer": OPERATOR,
    "operator.estimate_audience": OPERATOR,
    "operator.move_offer": OPERATOR,
    "operator.new_offer": OPERATOR,
    "operator.revise_offer": OPERATOR,
    "operator.show_offer": OPERATOR,
    "operator.data_set": OPERATOR,
    "operator.data_sets": OPERATOR,
    "operator.delete_data_set": OPERATOR,
    "operator.callback": OPERATOR,
    "operator.deliver_again": OPERATOR,
    "operator.set_callback": OPERATOR,
    "operator.undelivered": OPERATOR,
    "operator.keys": OPERATOR,
    "operator.draft_mandate": OPERATOR,
    "operator.drop_mandate": OPERATOR,
    "operator.mandate_version": OPERATOR,
    "operator.mandate_versions": OPERATOR,
    "operator.new_mandate": OPERATOR,
    "operator.publish_mandate": OPERATOR,
    "operator.new": OPERATOR,
    "operator.new_client": OPERATOR,
    "operator.new_data_set": OPERATOR,
    "operator.order_data_set": OPERATOR,
    "operator.register": OPERATOR,
    "operator.register_client": OPERATOR,
    "operator.replace_keys": OPERATOR,
    "operator.show": OPERATOR,
    "operator.amend_contract": OPERATOR,
    "operator.ask_amend": OPERATOR,
    "operator.ask_sign": OPERATOR,
    "operator.browse_processors": OPERATOR,
    "operator.new_processor": OPERATOR,
    "operator.enter_processor": OPERATOR,
    "operator.show_processor": OPERATOR,
    "operator.check_processor": OPERATOR,
    "operator.ask_processor_certificate": OPERATOR,
    "operator.add_processor_certificate": OPERATOR,
    "operator.ask_end_processor": OPERATOR,
    "operator.end_processor": OPERATOR,
    "operator.ask_end_contract": OPERATOR,
    "operator.ask_attestation": OPERATOR,
    "operator.take_attestation": OPERATOR,
    "operator.contract_file": OPERATOR,
    "operator.draft_contract": OPERATOR,
    "operator.end_contract": OPERATOR,
    "operator.offer_contract": OPERATOR,
    "operator.show_contract": OPERATOR,
    "operator.sign_contract": OPERATOR,
    "operator.take_data_set": OPERATOR,
    "operator.take_down_data_set": OPERATOR,
    "passkey.ask_confirm": OPEN,
    "passkey.ask_log_in": OPEN,
    "passkey.confirm": OPEN,
    "passkey.log_in": OPEN,
    "proofs.proof": PERSON,
    "receipts.as_kantara": PERSON,
    "receipts.download": PERSON,
    "receipts.of_change": PERSON,
    "receipts.read": PERSON,
    "rejudging.again": AUDITOR,
    "rejudging.browse": AUDITOR,
    "rejudging.count": AUDITOR,
    "rejudging.show": AUDITOR,
    "rights.ask": PERSON,
    "rights.browse": PERSON,
    "rights.close": PERSON,
    "rights.new": PERSON,
    "rights.show": PERSON,
    "rights.take_back": PERSON,
    "rights_ledger.browse": AUDITOR,
    "rights_ledger.take": AUDITOR,
    "sent.browse": AUDITOR,
    "start.show": OPEN,
    "static": OPEN,
    "samples.ask": AUDITOR,
    "samples.draw": AUDITOR,
    "tiles.entry_tile": AUDITOR,
    "tiles.hash_tile": AUDITOR,
    "agents.browse": PERSON,
    "agents.ask": PERSON,
    "agents.invite": PERSON,
    "agents.confirm": PERSON,
    "agents.ask_end": PERSON,
    "agents.end": PERSON,
    "represented.browse": PERSON,
    "represented.accept": PERSON,
    "represented.begin": PERSON,
    "represented.stop": PERSON,
    "represented.end": PERSON,
    "desk_agents.browse": OPERATOR,
    "desk_agents.find": OPERATOR,
    "desk_agents.new": OPERATOR,
    "desk_agents.enter": OPERATOR,
    "desk_agents.proof": OPERATOR,
    "desk_agents.approve": OPERATOR,
    "desk_agents.refuse": OPERATOR,
    "desk_agents.end": OPERATOR,
    "last_wish.ask": PERSON,
    "last_wish.say": PERSON,
    "last_wish.live": PERSON,
    "desk_deaths.browse": OPERATOR,
    "desk_deaths.new": OPERATOR,
    "desk_deaths.enter": OPERATOR,
    "desk_deaths.paper": OPERATOR,
    "desk_deaths.wish": OPERATOR,
    "desk_deaths.decide": OPERATOR,
    "desk_deaths.ask": OPERATOR,
    "desk_deaths.approve": OPERATOR,
    "heirs.ask": OPEN,
    "heirs.fetch": OPEN,
    "verifying.show": OPEN,
    "unmasking.ask": AUDITOR,
    "unmasking.browse": AUDITOR,
    "unmasking.use": AUDITOR,
}
"""Who may enter where. `in` says that the guard lets through, whatever the view says
then; `login` that the login page follows; `out` that it is another role's."""

_FILLING = {
    "uuid": UUID("01900000-0000-7000-8000-000000000000"),
    "int": 0,
    "default": "x",
    "path": "infobank.css",
}


def address(app: Flask, rule) -> str:
    # A converter's class names the kind of value that it takes.
    kinds = {
        "UUIDConverter": "uuid",
        "IntegerConverter": "int",
        "PathConverter": "path",
    }
    values = {
        name: _FILLING[kinds.get(type(rule._converters[name]).__name__, "default")]
        for name in rule.arguments
    }
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def entered(answer) -> str:
    if answer.status_code == 303 and "/login" in answer.headers["Location"]:
        return "login"
    return "out" if answer.status_code == 403 else "in"


def test_each_endpoint_lets_in_whom_the_matrix_says(app, bank):
    """A new endpoint fails here until somebody has said who may enter it."""
    app.config["WTF_CSRF_ENABLED"] = False
    accounts = {role: sign_up(bank, f"the-{role}", Role(role)) for role in ROLES[1:]}
    found = {}
    for rule in app.url_map.iter_rules():
        method = "POST" if "POST" in rule.methods else "GET"
        for role in ROLES:
            client = app.test_client()
            if role in accounts:
                token = bank.unit_of_work(
                    lambda work, who=accounts[role]: kept.open_session(work, who)
                )
                client.set_cookie("session", token)
            # Closed at once, because the stylesheet is an open file.
            with client.open(address(app, rule), method=method) as answer:
                found.setdefault(rule.endpoint, {})[role] = entered(answer)
            assert answer.status_code < 500, (rule.endpoint, role)

    assert found.keys() == MATRIX.keys()
    wrong = {name: row for name, row in found.items() if row != MATRIX[name]}
    assert wrong == {}


def test_a_view_without_a_guard_stops_the_application(bank, monkeypatch):
    loose = Blueprint("loose", __name__)
    loose.get("/loose")(lambda: "nobody said who may come in")
    monkeypatch.setattr(application, "_surround", lambda *_: None)

    app = Flask("loose")
    app.extensions["guards"] = {}
    app.register_blueprint(loose)

    with pytest.raises(RuntimeError, match="has no guard"):
        application._refuse_unguarded(app)


def test_a_form_without_its_token_is_refused(person, hanako):
    answer = person.client.post("/copy", headers=person.headers)

    assert answer.status_code == 400
    assert "came from elsewhere" in answer.text


def test_a_form_with_the_token_of_another_visitor_is_refused(person, portal):
    stranger = portal()
    form = stranger.get("/login").form_to("/login")

    answer = person.client.post("/copy", data=form.fields)

    assert answer.status_code == 400


def test_the_token_changes_with_the_session(portal, hanako):
    visitor = portal()
    before = visitor.get("/login").form_to("/login").fields["csrf_token"]

    visitor.log_in("hanako")

    assert visitor.client.post("/copy", data={"csrf_token": before}).status_code == 400


def test_pages_carry_the_security_headers(person):
    sent = person.get("/home").response.headers

    policy = sent["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self';" in policy
    assert "unsafe" not in policy
    assert sent["Cache-Control"] == "no-store"
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in sent


def test_the_consent_page_may_lead_to_the_recipient(app):
    with app.test_request_context():
        headers.allow_form_action("https://genki.example/callback?x=1")

        assert "form-action 'self' https://genki.example;" in headers.policy()


def test_the_nonce_is_new_for_each_answer(portal):
    visitor = portal()

    sent = {
        visitor.get("/login").response.headers["Content-Security-Policy"]
        for _ in range(3)
    }

    assert len(sent) == 3


@pytest.fixture
def public_app(bank, settings):
    """The application as it stands behind https."""
    values = {
        name: getattr(settings, name) for name in Settings.__dataclass_fields__
    } | {"issuer": "https://bank.example", "trusted_proxies": 1}
    real = bank.settings
    bank.settings = Settings(**values)
    yield create_app(bank)
    bank.settings = real


def test_behind_https_cookies_and_headers_are_strict(public_app, hanako):
    client = public_app.test_client()
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "bank.example"}

    answer = client.get("/login", headers=forwarded)

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-form=")
    assert "Secure" in cookie


def test_too_many_logins_of_one_address_are_stopped(portal):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    answers = [visitor.send(form, login=f"n{n}").status_code for n in range(31)]

    assert answers[:30] == [422] * 30
    assert answers[30] == 429


def test_too_many_logins_of_one_account_are_stopped(portal):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    answers = [visitor.send(form, login="hanako").status_code for _ in range(11)]

    assert answers[10] == 429
    assert visitor.send(form, login="taro").status_code == 422


def test_every_limit_is_put_before_an_existing_view(app):
    assert limits.ENDPOINTS.keys() <= app.view_functions.keys()


def test_a_limit_of_addresses_may_have_the_words_of_the_one_of_accounts(
    bank, monkeypatch
):
    same = {"entry.log_in_again_now": (limits.LOGIN_NAME,)}
    monkeypatch.setattr(limits, "ENDPOINTS", same)
    visitor = Portal(create_app(bank).test_client(), "en")
    token = visitor.get("/login").form_to("/login").fields["csrf_token"]

    def again(address):
        return visitor.client.post(
            "/login/again",
            data={"csrf_token": token},
            headers={**visitor.headers, "Accept": "text/html"},
            environ_base={"REMOTE_ADDR": address},
        ).status_code

    assert [again("192.0.2.1") for _ in range(11)][10] == 429
    assert again("192.0.2.2") != 429


def test_every_spelling_of_a_login_is_counted_as_one_account(portal):
    visitor = portal()
    form = visitor.get("/login").form_to("/login")
    wide = "".join(chr(ord(each) + 0xFEE0) for each in "hanako")
    spellings = ("hanako", wide, wide.upper(), "\u3000hanako")

    answers = [visitor.send(form, login=each).status_code for each in spellings * 3]

    assert answers[:10] == [422] * 10
    assert answers[10:] == [429] * 2


def test_nothing_is_let_through_uncounted(app, portal, monkeypatch):
    def fails(*_args, **_values):
        raise StorageError(ConnectionError("no storage"))

    limiter = next(iter(app.extensions["limiter"]))
    monkeypatch.setattr(limiter.limiter, "hit", fails)
    visitor = portal()
    form = visitor.get("/login").form_to("/login")

    answer = visitor.send(form, login="hanako", password="x")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


@pytest.fixture
def failing(bank):
    """An application with one view that raises what a test puts into the box."""
    box = SimpleNamespace(error=None)
    loose = Blueprint("loose", __name__)

    def view():
        raise box.error

    loose.get("/loose")(view)
    loose.get("/api/loose", endpoint="api")(view)
    listed = application.BLUEPRINTS
    application.BLUEPRINTS = (*listed, (loose, guards.requires_no_auth))
    box.client = create_app(bank).test_client()
    yield box
    application.BLUEPRINTS = listed


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_error_has_its_status(failing, kind):
    failing.error = BankError("test.code", "The log may know this.")
    failing.error.kind = kind

    page = failing.client.get("/loose", headers={"Accept": "text/html"})
    document = failing.client.get("/api/loose")

    assert page.status_code == document.status_code == problems.STATUS[kind]
    assert document.content_type == "application/problem+json"
    assert document.json["code"] == "test.code"
    assert document.json["status"] == problems.STATUS[kind]
    assert "The log may know this." not in page.text + document.text


def test_unavailable_says_when_to_come_again(failing):
    failing.error = Unavailable("store.locked")

    assert failing.client.get("/api/loose").headers["Retry-After"] == "2"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("secret of a person"),
        OperationalError("SELECT 'secret of a person'", {}, Exception("x")),
    ],
)
def test_what_nobody_foresaw_shows_a_number_and_no_text(failing, error):
    failing.error = error

    page = failing.client.get("/loose", headers={"Accept": "text/html"})
    document = failing.client.get("/loose", headers={"Accept": "application/json"})

    assert page.status_code == document.status_code == 500
    assert "secret" not in page.text + document.text
    assert UUID(document.json["incident"])


def test_a_lost_database_is_unavailable(failing):
    failing.error = OperationalError(
        "x", {}, Exception("x"), connection_invalidated=True
    )

    assert failing.client.get("/loose").status_code == 503


def test_unknown_addresses_are_pages_for_people_and_documents_for_programs(portal):
    visitor = portal()

    page = visitor.get("/nowhere", 404)
    document = visitor.client.get("/api/v1/nowhere")

    assert page.headings == ["Page not found"]
    assert document.json["status"] == 404
    assert visitor.client.delete("/login").status_code == 405


def test_programs_without_a_session_get_a_document(portal):
    answer = portal().client.get("/data", headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.json["code"] == "web.login-needed"


def test_health_is_told(portal, bank, clock, monkeypatch):
    client = portal().client

    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready"}
    monkeypatch.setattr(bank, "ready", lambda: False)
    assert client.get("/readyz").status_code == 200
    clock.advance(timedelta(seconds=1))
    assert client.get("/readyz").status_code == 503


def test_a_clock_that_is_ahead_is_told_and_stops_no_request(
    portal, bank, clock, monkeypatch
):
    client = portal().client
    clock.advance(timedelta(days=8))
    assert client.get("/readyz").json == {"status": "ready", "clock": "ahead"}

    def fail():
        raise Unavailable("store.gone")

    monkeypatch.setattr(bank, "clock_is_ahead", fail)
    clock.advance(timedelta(seconds=1))
    assert client.get("/readyz").status_code == 503


def test_many_who_ask_for_health_cost_one_look(portal, bank, monkeypatch):
    looks = []
    monkeypatch.setattr(bank, "ready", lambda: looks.append(1) or True)
    client = portal().client

    answers = {client.get("/readyz").status_code for _ in range(20)}

    assert answers == {200}
    assert len(looks) == 1


def test_views_for_a_session_fail_loudly_without_one(app):
    from pds.web import sessions  # noqa: PLC0415 - the one test of these

    with app.test_request_context(), pytest.raises(AssertionError):
        sessions.visitor()


def test_requires_session_lets_every_role_in(app, person):
    with app.test_request_context("/login"):
        assert guards.requires_session().status_code == 303


def test_the_clock_is_the_banks(app, clock):
    from pds.web.context import now  # noqa: PLC0415 - the one test of it

    with app.app_context():
        assert now() == clock.now()
        assert now() != SystemClock().now()
