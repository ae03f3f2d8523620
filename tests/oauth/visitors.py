"""The person's browser and the recipient's HTTP, on the real application, no socket."""

import json
import re
from datetime import date
from urllib.parse import urlsplit

from consent import service
from consent.oauth import grants, tokens
from pds.accounts import service as accounts
from pds.accounts import sessions
from pds.accounts.service import SignUp
from pds.core.clock import tokyo_day
from pds.core.ids import OwnerId
from pds.vault.records import RecordDraft
from providers.sources import SELF_SOURCE


class Answer:
    """What `requests` would have given for an answer of the application."""

    def __init__(self, response):
        self.status_code = response.status_code
        self.headers = response.headers
        self.content = response.data
        self.text = response.text
        self.reason = response.status
        self.json = lambda: json.loads(response.data)

    def raise_for_status(self):
        assert self.status_code < 400


class Session:
    """The calls of `requests.Session` that the sample makes, without a socket."""

    def __init__(self, app, issuer):
        self._http, self._issuer = app.test_client(), issuer

    def get(self, address, *, headers=None, timeout):
        assert timeout > 0
        path = address.removeprefix(self._issuer)
        return Answer(self._http.get(path, headers=headers))

    def post(self, address, *, data, headers, timeout, allow_redirects):
        assert timeout > 0
        assert not allow_redirects
        path = address.removeprefix(self._issuer)
        return Answer(self._http.post(path, data=data, headers=headers))


class Browser:
    """The person's browser: pages, forms, and a login that a test may age or end."""

    def __init__(self, app, bank, owner):
        self.http = app.test_client()
        self._bank = bank
        self.log_in(owner)

    def log_in(self, account_id):
        token = self._bank.unit_of_work(
            lambda work: sessions.open_session(work, account_id)
        )
        self.http.set_cookie("session", token)

    def open(self, address, language="en"):
        parts = urlsplit(address)
        return self.http.get(f"{parts.path}?{parts.query}&lang={language}")

    def decide(self, page, decision, **changes):
        fields = dict(re.findall(r'name="([a-z_]+)"[^>]* value="([^"]*)"', page.text))
        fields.pop("category", None)
        fields.pop("decision", None)
        fields |= {"decision": decision, "category": boxes(page), **changes}
        fields = {name: value for name, value in fields.items() if value is not None}
        return self.http.post("/oauth/authorize", data=fields)


def boxes(page):
    return re.findall(r'type="checkbox"[^>]*name="category" value="([^"]*)"', page.text)


def deposit(bank, owner, **changes):
    draft = RecordDraft(
        **{
            "category": "health.sleep",
            "first_day": tokyo_day(bank.clock.now()),
            "last_day": tokyo_day(bank.clock.now()),
            "order_in_day": 0,
            "payload_schema": "fhir-r4/Observation",
            "sensitivity": "health-general",
            "source_id": SELF_SOURCE,
            "dedupe": b"one",
            "header": {},
            "payload": b'{"resourceType":"Observation","valueQuantity":{"value":7.10}}',
            **changes,
        }
    )

    def act(work):
        made = work.ids.new()
        bank.vault.begin_import(
            work, owner, made, source_id=SELF_SOURCE, media_type="application/json"
        )
        bank.vault.add(work, owner, made, [draft])

    bank.unit_of_work(act)


def withdraw(bank, owner, recipient):
    with bank.read() as snap:
        state = tokens.present(snap, recipient.tokens["access_token"])

    def act(work):
        service.withdraw(work, owner, state.consent_id)
        grants.end_of_consent(work, owner, state.consent_id)

    bank.unit_of_work(act)


def sign_up(bank):
    """Make the person whose data it is."""
    wish = SignUp(
        login="hanako",
        password_hash="not used here",
        name="花子",
        birth_date=date(1980, 4, 2),
    )
    pepper = bank.secret("login-pepper")
    made = bank.unit_of_work(lambda work: accounts.sign_up(work, pepper, wish))
    return OwnerId(made)
